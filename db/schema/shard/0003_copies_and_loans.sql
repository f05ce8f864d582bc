-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- What belongs to the branches placed on this shard.  Every key of these tables
-- begins with branch_id, the shard key: a branch moves by a publication whose
-- row filter needs that column in the replica identity.  No sequences: they
-- would not move.

CREATE TABLE public.shard_identity (
    shard_id uuid NOT NULL PRIMARY KEY,
    name     text NOT NULL CHECK (name ~ '^[a-z][a-z0-9_]{0,30}$')
);

CREATE UNIQUE INDEX shard_identity_one_row ON public.shard_identity ((true));

COMMENT ON TABLE public.shard_identity IS 'Which shard this database is; compared at connect, so that a swapped address is noticed';

-- This row, not the directory in the main database, decides whether a write is
-- accepted here.
CREATE TABLE public.branch_placement (
    branch_id uuid   NOT NULL PRIMARY KEY REFERENCES public.branches,
    epoch     bigint NOT NULL CHECK (epoch > 0),
    state     text   NOT NULL CHECK (state IN ('incoming', 'active', 'fenced', 'retired')),
    moved_to  text,
    LIKE public.row_stamp
);

CREATE TABLE public.physical_exemplars (
    branch_id        uuid    NOT NULL REFERENCES public.branch_placement,
    id               uuid    NOT NULL DEFAULT public.uuid_v7(),
    barcode          text    NOT NULL CHECK (barcode ~ '^\S(.{0,62}\S)?$'),
    book_id          uuid    NOT NULL REFERENCES public.books_ref,
    material_type_id uuid    NOT NULL REFERENCES public.material_types,
    status           text    NOT NULL DEFAULT 'available'
                             CHECK (status IN ('available', 'lent', 'lost', 'missing', 'damaged', 'withdrawn', 'in_transit')),
    available        boolean NOT NULL GENERATED ALWAYS AS (status = 'available') STORED,
    room             integer CHECK (room BETWEEN 0 AND 9999),
    floor            integer CHECK (floor BETWEEN -20 AND 200),
    bookshelf        integer CHECK (bookshelf BETWEEN 0 AND 99999),
    note             text,
    LIKE public.row_stamp,
    PRIMARY KEY (branch_id, id)
);

CREATE UNIQUE INDEX physical_exemplars_branch_barcode ON public.physical_exemplars (branch_id, barcode)
    WHERE deleted_at IS NULL;
-- For a barcode whose branch is not known; a hash, so that no list of one branch
-- is read by it.
CREATE INDEX physical_exemplars_barcode ON public.physical_exemplars USING hash (barcode);
CREATE INDEX physical_exemplars_book ON public.physical_exemplars (book_id);
CREATE INDEX physical_exemplars_material ON public.physical_exemplars (material_type_id);
-- The figures of a branch are counted in this index alone.
CREATE INDEX physical_exemplars_status ON public.physical_exemplars (branch_id, status) WHERE deleted_at IS NULL;

-- branch_id is the branch of the copy; the desks are lending_branch_id and
-- returned_branch_id.  A loan is open while returned_at is NULL.  One that was
-- lent by mistake is closed and marked with undone_at: it stays in the history of
-- the table, but no list shows it as a loan that was.
CREATE TABLE public.book_lending (
    branch_id          uuid        NOT NULL,
    id                 uuid        NOT NULL DEFAULT public.uuid_v7(),
    exemplar_id        uuid        NOT NULL,
    user_id            uuid        NOT NULL REFERENCES public.users_ref,
    lending_branch_id  uuid        NOT NULL REFERENCES public.branches,
    returned_branch_id uuid        REFERENCES public.branches,
    lent_at            timestamptz NOT NULL DEFAULT now(),
    due_at             timestamptz NOT NULL,
    returned_at        timestamptz,
    rule_number        integer,
    request_id         uuid,
    renewals           integer     NOT NULL DEFAULT 0 CHECK (renewals >= 0),
    undone_at          timestamptz,
    LIKE public.row_stamp,
    PRIMARY KEY (branch_id, id),
    FOREIGN KEY (branch_id, exemplar_id) REFERENCES public.physical_exemplars (branch_id, id),
    CONSTRAINT book_lending_due_after_lent CHECK (due_at >= lent_at),
    CONSTRAINT book_lending_returned_after_lent CHECK (returned_at >= lent_at),
    CONSTRAINT book_lending_returned_at_a_desk CHECK ((returned_at IS NULL) = (returned_branch_id IS NULL)),
    CONSTRAINT book_lending_undone_is_closed CHECK (undone_at IS NULL OR returned_at IS NOT NULL)
);

-- Whatever a client does, a copy is lent to one patron at a time.
CREATE UNIQUE INDEX book_lending_one_open_loan ON public.book_lending (branch_id, exemplar_id)
    WHERE returned_at IS NULL;
CREATE INDEX book_lending_open_by_patron ON public.book_lending (user_id) WHERE returned_at IS NULL;
CREATE INDEX book_lending_open_by_due ON public.book_lending (branch_id, due_at) WHERE returned_at IS NULL;
CREATE INDEX book_lending_branch ON public.book_lending (branch_id, lent_at, id);
CREATE INDEX book_lending_copy ON public.book_lending (branch_id, exemplar_id, lent_at);
CREATE INDEX book_lending_patron ON public.book_lending (user_id, lent_at);
CREATE INDEX book_lending_lending_branch ON public.book_lending (lending_branch_id);
CREATE INDEX book_lending_returned_branch ON public.book_lending (returned_branch_id) WHERE returned_branch_id IS NOT NULL;

CREATE TABLE public.charges (
    branch_id uuid           NOT NULL REFERENCES public.branch_placement,
    id        uuid           NOT NULL DEFAULT public.uuid_v7(),
    user_id   uuid           NOT NULL REFERENCES public.users_ref,
    loan_id   uuid,
    kind      text           NOT NULL CHECK (btrim(kind) <> ''),
    amount    numeric(12, 2) NOT NULL CHECK (amount > 0),
    note      text,
    LIKE public.row_stamp,
    PRIMARY KEY (branch_id, id),
    FOREIGN KEY (branch_id, loan_id) REFERENCES public.book_lending (branch_id, id)
);

CREATE INDEX charges_user ON public.charges (user_id);
CREATE INDEX charges_loan ON public.charges (branch_id, loan_id);

CREATE TABLE public.payments (
    branch_id uuid           NOT NULL,
    id        uuid           NOT NULL DEFAULT public.uuid_v7(),
    charge_id uuid           NOT NULL,
    kind      text           NOT NULL CHECK (kind IN ('paid', 'waived', 'refunded')),
    amount    numeric(12, 2) NOT NULL CHECK (amount > 0),
    note      text,
    LIKE public.row_stamp,
    PRIMARY KEY (branch_id, id),
    FOREIGN KEY (branch_id, charge_id) REFERENCES public.charges (branch_id, id)
);

CREATE INDEX payments_charge ON public.payments (branch_id, charge_id);

-- The answer to every desk action, so that repeating it is harmless.  It moves
-- with the branch.  undo says what the action changed, undone_by which request
-- took it back.  Here and in desk_event the branch is no foreign key: the
-- functions have checked it, and every desk would lock the same parent row.
CREATE TABLE public.op_result (
    branch_id  uuid        NOT NULL,
    request_id uuid        NOT NULL,
    function   text        NOT NULL,
    args_hash  bytea       NOT NULL,
    result     jsonb,
    undo       jsonb,
    undone_by  uuid,
    at         timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (branch_id, request_id)
);

CREATE INDEX op_result_at ON public.op_result (at);

-- What happened, one row per event, only ever added to: statistics are rolled up
-- from it.  What was undone is an event of its own, to be subtracted.  Counters
-- would make the desks of a branch wait for one another.
CREATE TABLE public.desk_event (
    branch_id      uuid        NOT NULL,
    id             uuid        NOT NULL DEFAULT public.uuid_v7(),
    at             timestamptz NOT NULL DEFAULT now(),
    kind           text        NOT NULL CHECK (kind IN ('lent', 'returned', 'renewed', 'copy_added', 'lend_undone',
                                                        'return_undone', 'renewal_undone')),
    exemplar_id    uuid        NOT NULL,
    desk_branch_id uuid        NOT NULL,
    PRIMARY KEY (branch_id, id),
    FOREIGN KEY (branch_id, exemplar_id) REFERENCES public.physical_exemplars (branch_id, id)
);

CREATE INDEX desk_event_at ON public.desk_event (branch_id, at);
CREATE INDEX desk_event_copy ON public.desk_event (branch_id, exemplar_id);

CREATE TABLE public.branch_statistics (
    branch_id    uuid    NOT NULL REFERENCES public.branch_placement,
    day          date    NOT NULL,
    loans        integer NOT NULL DEFAULT 0 CHECK (loans >= 0),
    returns      integer NOT NULL DEFAULT 0 CHECK (returns >= 0),
    renewals     integer NOT NULL DEFAULT 0 CHECK (renewals >= 0),
    copies_added integer NOT NULL DEFAULT 0 CHECK (copies_added >= 0),
    LIKE public.row_stamp,
    PRIMARY KEY (branch_id, day)
);

-- A copy that a patron has at home cannot disappear from the library.
CREATE FUNCTION public.refuse_removal_on_loan() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT
                 FROM public.book_lending AS l
                WHERE l.branch_id = NEW.branch_id AND l.exemplar_id = NEW.id AND l.returned_at IS NULL) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB007',
            MESSAGE = format('The copy %s is on loan and cannot be removed.', NEW.barcode),
            HINT = 'Check the copy in first, or mark it as lost.';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER prepare BEFORE UPDATE OF deleted_at ON public.physical_exemplars
    FOR EACH ROW WHEN (NEW.deleted_at IS NOT NULL AND OLD.deleted_at IS NULL)
    EXECUTE FUNCTION public.refuse_removal_on_loan();

CALL public.keep_history('public.branch_placement', 'branch_id');
CALL public.keep_history('public.physical_exemplars');
CALL public.keep_history('public.book_lending');
CALL public.keep_history('public.charges');
CALL public.keep_history('public.payments');
CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON public.branch_statistics
    FOR EACH ROW EXECUTE FUNCTION public.stamp_row();
CALL public.forbid_delete('public.physical_exemplars');
CALL public.forbid_delete('public.book_lending');
CALL public.forbid_delete('public.charges');
CALL public.forbid_delete('public.payments');
