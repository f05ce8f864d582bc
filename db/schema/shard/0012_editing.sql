-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Editing copies on their shard: place, material, state and note, removing and
-- restoring.  Lent is what circulation says: a copy on loan keeps its state, and
-- no form makes a loan.

-- Staff names live in main; changed_by is a login here.
CREATE FUNCTION public.stamped_copy(copy public.physical_exemplars) RETURNS jsonb
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT jsonb_build_object(
               'id', copy.id, 'branch_id', copy.branch_id, 'branch_code', b.code, 'barcode', copy.barcode,
               'book_id', copy.book_id, 'title', r.title, 'author_line', r.author_line,
               'book_removed', r.deleted_at IS NOT NULL, 'material', m.code, 'status', copy.status,
               'room', copy.room, 'floor', copy.floor, 'bookshelf', copy.bookshelf, 'note', copy.note,
               'due_at', (SELECT l.due_at FROM public.book_lending AS l
                           WHERE l.branch_id = copy.branch_id AND l.exemplar_id = copy.id AND l.returned_at IS NULL),
               'on_loan', EXISTS (SELECT FROM public.book_lending AS l
                                   WHERE l.branch_id = copy.branch_id AND l.exemplar_id = copy.id
                                     AND l.returned_at IS NULL),
               'version', copy.row_version, 'created_at', copy.created_at, 'changed_at', copy.updated_at,
               'changed_by', copy.updated_by, 'removed_at', copy.deleted_at, 'removed_by', copy.deleted_by)
      FROM public.branches AS b, public.books_ref AS r, public.material_types AS m
     WHERE b.id = copy.branch_id AND r.id = copy.book_id AND m.id = copy.material_type_id
$$;

-- NULL when there is no such copy here; a removed one is returned with the time.
CREATE FUNCTION public.copy_record(branch_id uuid, id uuid) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT public.stamped_copy(e)
      FROM public.physical_exemplars AS e
     WHERE e.branch_id = copy_record.branch_id AND e.id = copy_record.id
$$;

-- What every change of a copy begins with: fence, right, and the locked row.
CREATE FUNCTION public.copy_to_edit(branch_id uuid, epoch bigint, id uuid) RETURNS public.physical_exemplars
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    copy public.physical_exemplars;
BEGIN
    PERFORM public.fence(copy_to_edit.branch_id, copy_to_edit.epoch);
    PERFORM public.require_right('branch', copy_to_edit.branch_id);
    copy := public.lock_copy(copy_to_edit.branch_id, copy_to_edit.id);
    IF copy.id IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB005',
            MESSAGE = 'There is no such copy at this branch.',
            HINT = 'Search for the copy by its barcode.';
    END IF;
    RETURN copy;
END
$$;

-- outcome: 'saved'; 'conflict', the copy was written since expected_version, by
-- somebody or by a loan; 'refused' with the reason 'removed', or 'on_loan' when
-- another state is asked for while a patron has the copy.  What stands already is
-- 'saved' whatever the version, so the call may be repeated.
CREATE FUNCTION public.update_copy(branch_id uuid, epoch bigint, id uuid, expected_version bigint,
                                   material_code text, room integer, floor integer, bookshelf integer, status text,
                                   note text, OUT outcome text, OUT reason text, OUT record jsonb)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    copy        public.physical_exemplars := public.copy_to_edit(update_copy.branch_id, update_copy.epoch, update_copy.id);
    loan        public.book_lending := public.open_loan(copy.branch_id, copy.id);
    material_id uuid := (SELECT m.id FROM public.material_types AS m
                          WHERE m.code = update_copy.material_code AND m.deleted_at IS NULL);
    text_noted  text := nullif(btrim(update_copy.note, E' \n\r\t'), '');
BEGIN
    PERFORM public.check_new_copy(copy.barcode, copy.book_id, material_id, update_copy.material_code,
                                  update_copy.room, update_copy.floor, update_copy.bookshelf);
    IF char_length(text_noted) > 2000 THEN
        RAISE EXCEPTION USING ERRCODE = 'LB006', MESSAGE = 'The note is too long.',
                              HINT = 'Shorten it to 2000 characters.';
    ELSIF update_copy.status IS NULL
          OR update_copy.status NOT IN ('available', 'lost', 'missing', 'damaged', 'withdrawn', copy.status) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB006',
            MESSAGE = format('A copy cannot be marked as "%s" here.', coalesce(update_copy.status, 'NULL')),
            HINT = 'Choose available, lost, missing, damaged or withdrawn; lending is done at the desk.';
    END IF;

    IF copy.deleted_at IS NOT NULL THEN
        update_copy.outcome := 'refused';
        update_copy.reason := 'removed';
    ELSIF (copy.material_type_id, copy.room, copy.floor, copy.bookshelf, copy.status, copy.note)
          IS NOT DISTINCT FROM
          (material_id, update_copy.room, update_copy.floor, update_copy.bookshelf, update_copy.status, text_noted) THEN
        update_copy.outcome := 'saved';
    ELSIF update_copy.expected_version IS DISTINCT FROM copy.row_version THEN
        update_copy.outcome := 'conflict';
    ELSIF loan.id IS NOT NULL AND update_copy.status <> copy.status THEN
        update_copy.outcome := 'refused';
        update_copy.reason := 'on_loan';
    ELSE
        UPDATE public.physical_exemplars AS e
           SET material_type_id = material_id, room = update_copy.room, floor = update_copy.floor,
               bookshelf = update_copy.bookshelf, status = update_copy.status, note = text_noted
         WHERE e.branch_id = copy.branch_id AND e.id = copy.id;
        update_copy.outcome := 'saved';
    END IF;
    update_copy.record := public.copy_record(copy.branch_id, copy.id);
END
$$;

-- Soft delete; main's list gives the barcode free afterwards, with the version
-- that the record has then.  outcome 'removed', also when that was done before;
-- 'conflict'; 'refused' with the reason 'on_loan'.
CREATE FUNCTION public.remove_copy(branch_id uuid, epoch bigint, id uuid, expected_version bigint,
                                   OUT outcome text, OUT reason text, OUT record jsonb)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    copy public.physical_exemplars := public.copy_to_edit(remove_copy.branch_id, remove_copy.epoch, remove_copy.id);
    loan public.book_lending := public.open_loan(copy.branch_id, copy.id);
BEGIN
    IF copy.deleted_at IS NOT NULL THEN
        remove_copy.outcome := 'removed';
    ELSIF loan.id IS NOT NULL THEN
        remove_copy.outcome := 'refused';
        remove_copy.reason := 'on_loan';
    ELSIF remove_copy.expected_version IS DISTINCT FROM copy.row_version THEN
        remove_copy.outcome := 'conflict';
    ELSE
        UPDATE public.physical_exemplars AS e SET deleted_at = now() WHERE e.branch_id = copy.branch_id AND e.id = copy.id;
        remove_copy.outcome := 'removed';
    END IF;
    remove_copy.record := public.copy_record(copy.branch_id, copy.id);
END
$$;

-- Main's list has given the barcode back before.  removed_version is the version
-- of the removed copy.  outcome 'restored', also when it is there; 'conflict' when
-- the copy was restored and removed again since; 'refused' with the reason
-- 'barcode_taken' or 'book_removed'.
CREATE FUNCTION public.restore_copy(branch_id uuid, epoch bigint, id uuid, removed_version bigint,
                                    OUT outcome text, OUT reason text, OUT record jsonb)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    copy public.physical_exemplars := public.copy_to_edit(restore_copy.branch_id, restore_copy.epoch, restore_copy.id);
BEGIN
    IF copy.deleted_at IS NULL THEN
        restore_copy.outcome := 'restored';
    ELSIF restore_copy.removed_version IS DISTINCT FROM copy.row_version THEN
        restore_copy.outcome := 'conflict';
    ELSIF EXISTS (SELECT FROM public.physical_exemplars AS e
                   WHERE e.branch_id = copy.branch_id AND e.barcode = copy.barcode AND e.deleted_at IS NULL) THEN
        restore_copy.outcome := 'refused';
        restore_copy.reason := 'barcode_taken';
    ELSE
        UPDATE public.physical_exemplars AS e SET deleted_at = NULL WHERE e.branch_id = copy.branch_id AND e.id = copy.id;
        restore_copy.outcome := 'restored';
    END IF;
    restore_copy.record := public.copy_record(copy.branch_id, copy.id);
END
$$;

-- Open loans of a patron in every branch that this shard holds or is about to
-- hold, for the question whether the patron may be removed, by whoever may do that.
CREATE FUNCTION public.patron_open_loans(user_id uuid) RETURNS bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    home uuid := (SELECT u.home_branch_id FROM public.users_ref AS u WHERE u.id = patron_open_loans.user_id);
BEGIN
    -- Somebody who has not arrived here yet has no loan here.
    IF home IS NULL THEN
        PERFORM require_patron_right();
        RETURN 0;
    END IF;
    PERFORM require_right('patrons', home);
    RETURN (SELECT count(*)
              FROM public.book_lending AS l
              JOIN public.branch_placement AS p ON p.branch_id = l.branch_id AND p.state <> 'retired'
             WHERE l.user_id = patron_open_loans.user_id AND l.returned_at IS NULL);
END
$$;

GRANT EXECUTE ON FUNCTION
    public.copy_record(uuid, uuid),
    public.update_copy(uuid, bigint, uuid, bigint, text, integer, integer, integer, text, text),
    public.remove_copy(uuid, bigint, uuid, bigint),
    public.restore_copy(uuid, bigint, uuid, bigint),
    public.patron_open_loans(uuid)
TO branchline_staff;
