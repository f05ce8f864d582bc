/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Holds so many sessions that LISTEN, and reads what they are told:
 *
 *     listeners ADDRESS CHANNEL SESSIONS SECONDS
 *
 * Prints "listening" when all of them do, and at the end how many notifications came.
 */
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int main(int argc, char **argv)
{
    if (argc != 5)
        return 2;
    const int sessions = atoi(argv[3]);
    const time_t end = time(NULL) + atoi(argv[4]);
    PGconn **connections = calloc(sessions, sizeof *connections);
    struct pollfd *sockets = calloc(sessions, sizeof *sockets);
    char listen[100];
    snprintf(listen, sizeof listen, "LISTEN %s", argv[2]);
    for (int i = 0; i < sessions; ++i) {
        connections[i] = PQconnectdb(argv[1]);
        PQclear(PQexec(connections[i], listen));
        if (PQstatus(connections[i]) != CONNECTION_OK) {
            fprintf(stderr, "%s", PQerrorMessage(connections[i]));
            return 3;
        }
        sockets[i].fd = PQsocket(connections[i]);
        sockets[i].events = POLLIN;
    }
    puts("listening");
    fflush(stdout);
    long told = 0;
    while (time(NULL) < end) {
        poll(sockets, sessions, 100);
        for (int i = 0; i < sessions; ++i) {
            if (!sockets[i].revents)
                continue;
            PQconsumeInput(connections[i]);
            for (PGnotify *note; (note = PQnotifies(connections[i])); ++told)
                PQfreemem(note);
        }
    }
    printf("%ld notifications\n", told);
    return 0;
}
