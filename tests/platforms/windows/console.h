/* A program for Windows, for -include: its output has the line ends of the other systems. */
#ifndef CONSOLE_H
#define CONSOLE_H

#include <fcntl.h>
#include <io.h>
#include <stdio.h>

__attribute__((constructor)) static void console_open(void) {
    _setmode(_fileno(stdout), _O_BINARY);
    _setmode(_fileno(stderr), _O_BINARY);
}

#endif
