-- SPDX-License-Identifier: GPL-3.0-or-later
-- works-with: 26
--
-- What the steps before leave open.

-- A claim of a barcode locks its book whatever writes the row: one for a book that was removed is
-- refused, and of a claim and a removal at the same time one waits for the other.  A claim that
-- is only taken up again is not asked: a copy that is on its shelf belongs into the list, whatever
-- became of its book.  Those that are there already are verify's to find (copy_of_removed_book).

CREATE FUNCTION public.require_book_of_claim() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    -- One that never was is the foreign key's to refuse.
    IF EXISTS (SELECT FROM public.books AS b WHERE b.id = NEW.book_id) THEN
        PERFORM public.require_book(NEW.book_id);
    END IF;
    RETURN NEW;
END
$$;

REVOKE ALL ON FUNCTION public.require_book_of_claim() FROM PUBLIC;

CREATE TRIGGER require_book BEFORE INSERT OR UPDATE OF book_id ON public.exemplar_barcodes
    FOR EACH ROW WHEN (NEW.deleted_at IS NULL AND NEW.book_id IS NOT NULL)
    EXECUTE FUNCTION public.require_book_of_claim();

-- Which book a claim is for may be found out later, but is not forgotten while the book is there: without
-- claims it could be removed.
CREATE FUNCTION public.keep_book_of_claim() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM public.books AS b WHERE b.id = OLD.book_id AND b.deleted_at IS NULL) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB007',
            MESSAGE = format('The barcode %s is that of a copy of a book, and stays so.', NEW.barcode),
            HINT = 'Remove the copy: its barcode is free then.';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER keep_book BEFORE UPDATE OF book_id ON public.exemplar_barcodes
    FOR EACH ROW WHEN (OLD.book_id IS NOT NULL AND NEW.book_id IS NULL)
    EXECUTE FUNCTION public.keep_book_of_claim();

-- What others rest on is not removed under them.  The arguments are the columns that name the row.  Whoever
-- writes one of those locks the row by its foreign key, so of the two one waits for the other.
CREATE FUNCTION public.refuse_removal_in_use() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    place   text;
    is_used boolean;
BEGIN
    EXECUTE format('SELECT FROM %s AS r WHERE r.id = $1 FOR UPDATE', TG_RELID::regclass) USING NEW.id;
    FOREACH place IN ARRAY TG_ARGV LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM public.%I AS r WHERE r.%I = $1 AND r.deleted_at IS NULL)',
                       split_part(place, '.', 1), split_part(place, '.', 2))
           INTO is_used USING NEW.id;
        IF is_used THEN
            RAISE EXCEPTION USING
                ERRCODE = 'LB007',
                MESSAGE = format('This row of the table %s cannot be removed: rows of the table %s rest on it.',
                                 TG_TABLE_NAME, split_part(place, '.', 1)),
                HINT = 'Remove those first, or give them to another one.';
        END IF;
    END LOOP;
    RETURN NEW;
END
$$;

CREATE PROCEDURE public.restrict_removal(target regclass, VARIADIC places text[])
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER refuse_removal BEFORE UPDATE OF deleted_at ON %s '
                   'FOR EACH ROW WHEN (NEW.deleted_at IS NOT NULL AND OLD.deleted_at IS NULL) '
                   'EXECUTE FUNCTION public.refuse_removal_in_use(%s)', target,
                   (SELECT string_agg(quote_literal(p), ', ') FROM unnest(places) AS p));
END
$$;

-- A branch with copies may have loans, and is where they are taken back.
CALL public.restrict_removal('public.branches', 'exemplar_barcodes.branch_id', 'users.home_branch_id');
CALL public.restrict_removal('public.user_types', 'users.user_type_id', 'loan_rules.user_type_id');
CALL public.restrict_removal('public.authors', 'author_book.author_id');
CALL public.restrict_removal('public.book_categories', 'category_book.category_id');

-- Only the shards know which copies are of a material type, so none is removed.
CREATE FUNCTION public.refuse_removal_of_material() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'LB007',
        MESSAGE = format('The material type %s cannot be removed: copies may be of it.', NEW.code),
        HINT = 'Give it another name, or leave it unused.';
END
$$;

CREATE TRIGGER refuse_removal BEFORE UPDATE OF deleted_at ON public.material_types
    FOR EACH ROW WHEN (NEW.deleted_at IS NOT NULL AND OLD.deleted_at IS NULL)
    EXECUTE FUNCTION public.refuse_removal_of_material();

-- The cards of a patron go along, as in remove_patron(): their numbers are free.
CREATE FUNCTION public.remove_cards() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    UPDATE public.user_cards AS c SET deleted_at = now() WHERE c.user_id = NEW.id AND c.deleted_at IS NULL;
    RETURN NULL;
END
$$;

CREATE TRIGGER remove_cards AFTER UPDATE OF deleted_at ON public.users
    FOR EACH ROW WHEN (NEW.deleted_at IS NOT NULL AND OLD.deleted_at IS NULL)
    EXECUTE FUNCTION public.remove_cards();

-- The parts that went with a book come back with it, as in restore_book().
CREATE FUNCTION public.restore_book_parts() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    UPDATE public.author_book AS p SET deleted_at = NULL WHERE p.book_id = NEW.id AND p.deleted_at = OLD.deleted_at;
    UPDATE public.category_book AS p SET deleted_at = NULL WHERE p.book_id = NEW.id AND p.deleted_at = OLD.deleted_at;
    UPDATE public.book_data AS p SET deleted_at = NULL WHERE p.book_id = NEW.id AND p.deleted_at = OLD.deleted_at;
    UPDATE public.book_records AS p SET deleted_at = NULL WHERE p.book_id = NEW.id AND p.deleted_at = OLD.deleted_at;
    RETURN NULL;
END
$$;

CREATE TRIGGER restore_parts AFTER UPDATE OF deleted_at ON public.books
    FOR EACH ROW WHEN (NEW.deleted_at IS NULL AND OLD.deleted_at IS NOT NULL)
    EXECUTE FUNCTION public.restore_book_parts();

REVOKE ALL ON PROCEDURE public.restrict_removal(regclass, text[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION
    public.keep_book_of_claim(), public.refuse_removal_in_use(), public.refuse_removal_of_material(),
    public.remove_cards(), public.restore_book_parts()
FROM PUBLIC;

-- As in 0014; only the month of that hour is looked at, and locked, of all that there are: the times
-- are values, of which the planner knows which months they can be in.
CREATE OR REPLACE FUNCTION public.note_reading(patron_id uuid, branch_id uuid, what text) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    till  timestamptz := clock_timestamp();
    since timestamptz := till - interval '1 hour';
BEGIN
    IF EXISTS (SELECT
                 FROM public.audit_log AS a
                WHERE a.row_id = note_reading.patron_id
                  AND a.at > since AND a.at <= till
                  AND a.op = 'read'
                  AND a.actor = session_user
                  AND a.branch_id = note_reading.branch_id
                  AND a.new ->> 'read' = note_reading.what
                  AND a.txid <> coalesce(txid_current_if_assigned(), 0)) THEN
        RETURN true;
    END IF;
    INSERT INTO public.audit_log (txid, actor, application, op, table_name, row_id, branch_id, new)
    VALUES (txid_current(), session_user, current_setting('application_name'), 'read', 'users',
            note_reading.patron_id, note_reading.branch_id, jsonb_build_object('read', note_reading.what));
    RETURN false;
END
$$;

CREATE OR REPLACE FUNCTION public.may_search(query text) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
    till  timestamptz := clock_timestamp();
    since timestamptz := till - interval '1 hour';
BEGIN
    IF coalesce(btrim(query), '') = '' OR has_right_everywhere('desk') OR has_right_everywhere('patrons')
       OR EXISTS (SELECT
                    FROM public.audit_log AS a
                   WHERE a.actor = session_user AND a.op = 'read' AND a.row_id IS NULL
                     AND a.at > since AND a.at <= till
                     AND a.txid <> coalesce(txid_current_if_assigned(), 0)) THEN
        RETURN true;
    END IF;
    INSERT INTO public.audit_log (txid, actor, application, op, table_name, new)
    VALUES (txid_current(), session_user, current_setting('application_name'), 'read', 'users',
            jsonb_build_object('read', 'search'));
    RETURN false;
END
$$;
