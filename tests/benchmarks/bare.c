/* The least that moving files between two processes takes: no DICOM, no checks, no names.
 *
 *   bare receive FOLDER|-          prints its port, takes one connection, writes each file (-: discards it)
 *   bare send PORT FOLDER          sends the files of a folder; prints the seconds from the connection
 *                                  to the last answer
 *
 * As in DICOM, the next file goes out when the one before has been answered: a length of 8 bytes and
 * the file in one write, one byte back.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER_SIZE = 1 << 20 };

static char buffer[BUFFER_SIZE];

static void check(int good, const char *what)
{
    if (!good) {
        perror(what);
        exit(1);
    }
}

static void write_all(int descriptor, const char *data, size_t size)
{
    while (size) {
        ssize_t written = write(descriptor, data, size);
        check(written > 0, "write");
        data += written;
        size -= written;
    }
}

static struct sockaddr_in loopback(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static void send_at_once(int connection)
{
    int on = 1;
    check(setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0, "setsockopt");
}

static void receive(const char *folder)
{
    int listening = socket(AF_INET, SOCK_STREAM, 0), discard = strcmp(folder, "-") == 0;
    struct sockaddr_in address = loopback(0);
    socklen_t length = sizeof address;
    check(bind(listening, (struct sockaddr *)&address, length) == 0 && listen(listening, 1) == 0, "listen");
    check(getsockname(listening, (struct sockaddr *)&address, &length) == 0, "getsockname");
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    int connection = accept(listening, NULL, NULL);
    check(connection >= 0, "accept");
    send_at_once(connection);
    for (long number = 0;; number++) {
        uint64_t left;
        ssize_t got = recv(connection, &left, sizeof left, MSG_WAITALL);
        if (got == 0)
            return;
        check(got == sizeof left, "recv");
        int file = -1;
        if (!discard) {
            char path[4096];
            snprintf(path, sizeof path, "%s/%ld", folder, number);
            file = open(path, O_WRONLY | O_CREAT | O_EXCL, 0666);
            check(file >= 0, path);
        }
        while (left) {
            got = recv(connection, buffer, left < BUFFER_SIZE ? left : BUFFER_SIZE, 0);
            check(got > 0, "recv");
            if (!discard)
                write_all(file, buffer, got);
            left -= got;
        }
        if (!discard)
            close(file);
        write_all(connection, "", 1);
    }
}

static void send_file(int connection, const char *path)
{
    int file = open(path, O_RDONLY);
    struct stat status;
    check(file >= 0 && fstat(file, &status) == 0, path);
    uint64_t size = status.st_size;
    ssize_t got = read(file, buffer, BUFFER_SIZE);
    check(got >= 0, path);
    struct iovec parts[] = {{&size, sizeof size}, {buffer, got}};
    ssize_t sent = writev(connection, parts, 2);
    check(sent >= (ssize_t)sizeof size, "writev");
    write_all(connection, buffer + sent - sizeof size, got + sizeof size - sent);
    while ((got = read(file, buffer, BUFFER_SIZE)) > 0)
        write_all(connection, buffer, got);
    close(file);
    char answer;
    check(recv(connection, &answer, 1, 0) == 1, "recv");
}

static void send_folder(int port, const char *folder)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, NULL, alphasort);
    check(count >= 0, folder);
    int connection = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = loopback(port);
    check(connect(connection, (struct sockaddr *)&address, sizeof address) == 0, "connect");
    send_at_once(connection);
    struct timespec began, ended;
    clock_gettime(CLOCK_MONOTONIC, &began);
    for (int i = 0; i < count; i++) {
        char path[4096];
        if (entries[i]->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        send_file(connection, path);
    }
    clock_gettime(CLOCK_MONOTONIC, &ended);
    printf("%.6f\n", (ended.tv_sec - began.tv_sec) + (ended.tv_nsec - began.tv_nsec) / 1e9);
}

int main(int count, char **arguments)
{
    if (count == 3 && strcmp(arguments[1], "receive") == 0)
        receive(arguments[2]);
    else if (count == 4 && strcmp(arguments[1], "send") == 0)
        send_folder(atoi(arguments[2]), arguments[3]);
    else
        return 2;
    return 0;
}
