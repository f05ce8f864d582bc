#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A librarian's session in the installed program, by keyboard alone: search a book and correct it, register a patron,
# lend, renew, return, undo. What became of each step is read in the databases.
#
#     whole_session.sh BUILD_DIRECTORY
. "$(dirname "$0")/window.sh" "$1"

# The names of the statements that the window has sent tell when an answer is due; values are never in them.
export SQL_ECHO=true
sent() { grep -c " ms $1:" "$work/window.log" || true; }
more() { [ "$(sent "$1")" -gt "$2" ]; }
# then_sent STATEMENT COMMAND…: runs the command and waits until the window has sent the statement again.
then_sent() {
    local statement=$1 before
    before=$(sent "$statement")
    shift
    "$@"
    within 30 more "$statement" "$before" || fail "the window did not ask for $statement"
}

loan() { # of the copy 31000002 for the new card: CONDITION
    is 1 secondary_shard "
        SELECT count(*) FROM book_lending AS l
          JOIN physical_exemplars AS e ON e.branch_id = l.branch_id AND e.id = l.exemplar_id
          JOIN user_cards AS c ON c.user_id = l.user_id
         WHERE e.barcode = '31000002' AND c.card_number = '20419999' AND $1"
}

open_window --branch secondary-library
press F3
within 30 more book_detail 0 || fail "the catalogue shows no book"
then_sent book_detail type_text "tolkien rings"
# The last letters may still be on their way when the book is shown: ask again, as a person would.
edit() {
    press ctrl+e
    within 2 more book_record 0
}
within 30 edit || fail "Ctrl+E does not open the book found"
press End
type_text " (one volume)"
press ctrl+s
expect "a book found by its author was opened and corrected" \
    is "The Lord of the Rings (one volume)" main "SELECT title FROM books WHERE title LIKE 'The Lord of the Rings%'"

press Escape
press F4
within 30 more patron_page 0 || fail "the list of patrons was not read"
press ctrl+n
type_text Quillfeather
press Tab
type_text Tobias
press Tab
scan 20419999
press ctrl+s
expect "a patron was registered with the card" is Quillfeather main \
    "SELECT u.family_name FROM users AS u JOIN user_cards AS c ON c.user_id = u.id WHERE c.card_number = '20419999'"
arrived() { is 1 secondary_shard "SELECT count(*) FROM user_cards WHERE card_number = '20419999'"; }
expect "the shard knows the patron" arrived

press F1
scan 20419999
scan 31000002
expect "the copy is lent to the new patron" loan "l.returned_at IS NULL AND l.renewals = 0"
scan 31000002
expect "the same copy scanned again is renewed" loan "l.returned_at IS NULL AND l.renewals = 1"
press ctrl+F2
scan 31000002
expect "the loan was renewed by its key" loan "l.returned_at IS NULL AND l.renewals = 2"
press F2
scan 31000002
expect "the copy was taken back" loan "l.returned_at IS NOT NULL"
press ctrl+z
expect "the return was undone" loan "l.returned_at IS NULL AND l.renewals = 2"
