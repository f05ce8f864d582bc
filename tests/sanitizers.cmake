# SPDX-License-Identifier: GPL-3.0-or-later
# What the presets asan and tsan change about the tests. ./dev sanitize runs those with the label "sanitize".

set(sanitizer_folder ${CMAKE_CURRENT_LIST_DIR})

# The pool's core, in the order of ./dev sanitize: everything that hands calls and connections between threads.
set(BRANCHLINE_SANITIZED_TESTS
    breaker fanoutgate statementlog watchdog
    borrow connection exhaustion fanout pool session unknownoutcome)

# branchline_sanitize_tests(): gives the tests of this folder the options of their sanitizer, the lists of what
# is not ours, and more time; excludes those that cannot work with it.
function(branchline_sanitize_tests)
    if(BRANCHLINE_ASAN)
        set(options
            "ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1:check_initialization_order=1:strict_init_order=1"
            "LSAN_OPTIONS=suppressions=${sanitizer_folder}/lsan.supp:print_suppressions=0"
            "UBSAN_OPTIONS=print_stacktrace=1")
    elseif(BRANCHLINE_TSAN)
        set(options
            "TSAN_OPTIONS=suppressions=${sanitizer_folder}/tsan.supp:second_deadlock_stack=1:history_size=7")
    else()
        return()
    endif()
    get_property(tests DIRECTORY PROPERTY TESTS)
    foreach(test IN LISTS tests)
        set_property(TEST ${test} APPEND PROPERTY ENVIRONMENT ${options})
        set_property(TEST ${test} PROPERTY TIMEOUT 900)
        string(REGEX REPLACE "^[a-z0-9]+\\." "" name ${test})
        if(name IN_LIST BRANCHLINE_SANITIZED_TESTS)
            set_property(TEST ${test} APPEND PROPERTY LABELS sanitize)
        elseif(test STREQUAL "faults.window_never_waits")
            # It runs under strace, and neither sanitizer works in a program that is traced.
            set_property(TEST ${test} PROPERTY DISABLED TRUE)
        elseif(BRANCHLINE_TSAN AND test MATCHES "^(models|ui|e2e)\\.")
            # Their threads meet in Qt's event queue and in its models. The Qt of the system is not compiled
            # with the thread sanitizer, so it sees a race in every event.
            set_property(TEST ${test} PROPERTY DISABLED TRUE)
        endif()
    endforeach()
endfunction()

if(BRANCHLINE_ASAN OR BRANCHLINE_TSAN)
    add_custom_target(branchline-sanitized)
    foreach(name IN LISTS BRANCHLINE_SANITIZED_TESTS)
        add_dependencies(branchline-sanitized tst_${name})
    endforeach()
endif()
