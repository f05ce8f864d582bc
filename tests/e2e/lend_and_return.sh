#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The installed program as a librarian uses it: types a card and a barcode into the window, then looks with psql
# for the loan; takes the copy back the same way.
#
#     lend_and_return.sh BUILD_DIRECTORY
. "$(dirname "$0")/window.sh" "$1"

loans() {
    is 1 secondary_shard "
        SELECT count(*) FROM book_lending AS l
          JOIN physical_exemplars AS e ON e.branch_id = l.branch_id AND e.id = l.exemplar_id
          JOIN user_cards AS c ON c.user_id = l.user_id
         WHERE e.barcode = '31000002' AND c.card_number = '20410001' AND l.returned_at IS $1"
}

open_window --branch secondary-library
scan 20410001
scan 31000002
expect "the loan typed at the desk stands on the shard of its branch" loans NULL

press F2
scan 31000002
expect "the copy typed at check-in was taken back" loans 'NOT NULL'

expect "the window works without a superuser's session" is 0 secondary_shard "
    SELECT count(*) FROM pg_stat_activity
     WHERE application_name LIKE 'branchline %' AND usename = 'branchline_superuser'
       AND application_name NOT LIKE 'branchline % init%'"
