-- SPDX-License-Identifier: GPL-3.0-or-later
-- works-with: 26
--
-- A claim of a barcode locks its book whatever writes the row: one for a book that was removed is
-- refused, and of a claim and a removal at the same time one waits for the other.  A claim that
-- is only taken up again is not asked: a copy that is on its shelf belongs into the list, whatever
-- became of its book.

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
