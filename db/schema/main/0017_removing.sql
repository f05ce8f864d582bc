-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Removing and restoring books, and the barcodes of copies that are removed and
-- restored on their shards.
--
-- Main cannot look into shards.  What it has is the list of all barcodes, and
-- since a barcode is claimed here before its copy is written anywhere, that list
-- decides: a book is removed while no copy of it is claimed, and a claim is
-- refused when its book is removed.  Both lock the book, so they cannot pass each
-- other.

-- The version of the copy that last gave up or took back the barcode: a message
-- that comes late must not undo a newer one.
ALTER TABLE public.exemplar_barcodes ADD COLUMN copy_version bigint NOT NULL DEFAULT 0;

-- Barcodes that were claimed without naming the book.
CREATE INDEX exemplar_barcodes_of_no_book ON public.exemplar_barcodes (exemplar_id)
    WHERE book_id IS NULL AND deleted_at IS NULL;

-- LB005 unless the book is in the catalogue; it stays there until the caller's
-- transaction ends.
CREATE FUNCTION public.require_book(id uuid) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM FROM public.books AS b WHERE b.id = require_book.id AND b.deleted_at IS NULL FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB005',
            MESSAGE = 'The book is no longer in the catalogue.',
            HINT = 'Restore the book first, or search for the one that replaced it.';
    END IF;
END
$$;

-- Claims a barcode for a copy of a book; see claim_barcode().
CREATE FUNCTION public.claim_barcode_for(exemplar_id uuid, branch_id uuid, barcode text, book_id uuid) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    claimed uuid;
BEGIN
    PERFORM public.require_book(claim_barcode_for.book_id);
    SELECT c.exemplar_id INTO claimed
      FROM public.claim_barcode(claim_barcode_for.exemplar_id, claim_barcode_for.branch_id,
                                claim_barcode_for.barcode) AS c;
    UPDATE public.exemplar_barcodes AS b
       SET book_id = claim_barcode_for.book_id
     WHERE b.exemplar_id = claimed AND b.book_id IS DISTINCT FROM claim_barcode_for.book_id
       AND (b.book_id IS NULL OR b.state = 'claimed');
    RETURN claimed;
END
$$;

-- After the copy was removed on its shard, where it now has copy_version: its
-- barcode is free.  Repeating the call is harmless.
CREATE FUNCTION public.release_barcode(exemplar_id uuid, copy_version bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    holder uuid;
BEGIN
    SELECT b.branch_id INTO holder FROM public.exemplar_barcodes AS b WHERE b.exemplar_id = release_barcode.exemplar_id;
    IF holder IS NULL THEN
        RETURN;
    END IF;
    PERFORM public.require_right('branch', holder);
    UPDATE public.exemplar_barcodes AS b
       SET deleted_at = now(), copy_version = release_barcode.copy_version
     WHERE b.exemplar_id = release_barcode.exemplar_id AND b.deleted_at IS NULL
       AND b.copy_version < release_barcode.copy_version;
END
$$;

-- Before the copy is restored on its shard, where it will have copy_version: it
-- gets its barcode back.  outcome 'reclaimed', or 'refused' with the reason
-- 'barcode_taken' and the branch whose copy has it, or 'book_removed'.
CREATE FUNCTION public.reclaim_barcode(exemplar_id uuid, branch_id uuid, barcode text, book_id uuid,
                                       copy_version bigint, OUT outcome text, OUT reason text, OUT branch_code text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    PERFORM public.require_right('branch', reclaim_barcode.branch_id);
    PERFORM FROM public.books AS b WHERE b.id = reclaim_barcode.book_id AND b.deleted_at IS NULL FOR SHARE;
    IF NOT FOUND THEN
        reclaim_barcode.outcome := 'refused';
        reclaim_barcode.reason := 'book_removed';
        RETURN;
    END IF;
    BEGIN
        INSERT INTO public.exemplar_barcodes AS b (exemplar_id, branch_id, barcode, state, book_id, copy_version)
        VALUES (reclaim_barcode.exemplar_id, reclaim_barcode.branch_id, reclaim_barcode.barcode, 'live',
                reclaim_barcode.book_id, reclaim_barcode.copy_version)
        ON CONFLICT (exemplar_id) DO UPDATE
           SET deleted_at = NULL, state = 'live', book_id = excluded.book_id, copy_version = excluded.copy_version
         WHERE b.copy_version < excluded.copy_version AND b.branch_id = excluded.branch_id;
        reclaim_barcode.outcome := 'reclaimed';
    EXCEPTION WHEN unique_violation THEN
        reclaim_barcode.outcome := 'refused';
        reclaim_barcode.reason := 'barcode_taken';
        SELECT public.branch_code(b.branch_id) INTO reclaim_barcode.branch_code
          FROM public.exemplar_barcodes AS b
         WHERE b.barcode = reclaim_barcode.barcode AND b.deleted_at IS NULL;
    END;
END
$$;

-- Soft delete.  outcome 'removed', also when it was removed before; 'conflict'
-- with the record that stands; 'refused' with the reason 'copies', and their
-- number in the record; or 'ask_shards': some barcodes were claimed without
-- naming the book, so that the list cannot tell, and the caller has to ask every
-- shard for copies of the book and to call again with shards_have_none.
CREATE FUNCTION public.remove_book(id uuid, expected_version bigint, shards_have_none boolean DEFAULT false,
                                   OUT outcome text, OUT reason text, OUT record jsonb)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    book public.books;
BEGIN
    PERFORM public.require_right_somewhere('catalogue');
    book := public.locked_book(remove_book.id);
    IF book.deleted_at IS NOT NULL THEN
        remove_book.outcome := 'removed';
    ELSIF remove_book.expected_version IS DISTINCT FROM book.row_version THEN
        remove_book.outcome := 'conflict';
    ELSIF EXISTS (SELECT FROM public.exemplar_barcodes AS e WHERE e.book_id = book.id AND e.deleted_at IS NULL) THEN
        remove_book.outcome := 'refused';
        remove_book.reason := 'copies';
    ELSIF NOT coalesce(shards_have_none, false)
          AND EXISTS (SELECT FROM public.exemplar_barcodes AS e WHERE e.book_id IS NULL AND e.deleted_at IS NULL) THEN
        remove_book.outcome := 'ask_shards';
    ELSE
        UPDATE public.books AS b SET deleted_at = now() WHERE b.id = book.id;
        remove_book.outcome := 'removed';
    END IF;
    remove_book.record := public.book_record(book.id);
END
$$;

-- Brings back the book and those parts that went with it; parts that somebody
-- had taken out before stay out.  outcome 'restored', also when it is there;
-- 'refused' with the reason 'isbn_taken' and the book that has its ISBN now.
CREATE FUNCTION public.restore_book(id uuid, OUT outcome text, OUT reason text, OUT other_id uuid, OUT record jsonb)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    book public.books;
    isbn text := (SELECT b.isbn13 FROM public.books AS b WHERE b.id = restore_book.id);
BEGIN
    PERFORM public.require_right_somewhere('catalogue');
    PERFORM public.lock_keys('isbn:' || isbn);
    book := public.locked_book(restore_book.id);
    restore_book.outcome := 'restored';
    IF book.deleted_at IS NOT NULL THEN
        SELECT b.id INTO restore_book.other_id
          FROM public.books AS b
         WHERE b.isbn13 = book.isbn13 AND b.deleted_at IS NULL;
        IF restore_book.other_id IS NOT NULL THEN
            restore_book.outcome := 'refused';
            restore_book.reason := 'isbn_taken';
        ELSE
            UPDATE public.books AS b SET deleted_at = NULL WHERE b.id = book.id;
            UPDATE public.author_book AS p SET deleted_at = NULL WHERE p.book_id = book.id AND p.deleted_at = book.deleted_at;
            UPDATE public.category_book AS p SET deleted_at = NULL WHERE p.book_id = book.id AND p.deleted_at = book.deleted_at;
            UPDATE public.book_data AS p SET deleted_at = NULL WHERE p.book_id = book.id AND p.deleted_at = book.deleted_at;
            UPDATE public.book_records AS p SET deleted_at = NULL WHERE p.book_id = book.id AND p.deleted_at = book.deleted_at;
        END IF;
    END IF;
    restore_book.record := public.book_record(book.id);
END
$$;

GRANT EXECUTE ON FUNCTION
    public.claim_barcode_for(uuid, uuid, text, uuid),
    public.release_barcode(uuid, bigint),
    public.reclaim_barcode(uuid, uuid, text, uuid, bigint),
    public.remove_book(uuid, bigint, boolean),
    public.restore_book(uuid)
TO branchline_staff;
