/* An AVR under simavr, for -include: standard output is the first serial port, and the end of main is the end
   of the simulation (asleep with interrupts off). */
#ifndef AVR_CONSOLE_H
#define AVR_CONSOLE_H

#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>
#include <stdio.h>

static int console_put(char c, FILE *file) {
    (void)file;
    while (!(UCSR0A & (1 << UDRE0))) continue;
    UDR0 = (uint8_t)c;
    return 0;
}
static FILE console = FDEV_SETUP_STREAM(console_put, NULL, _FDEV_SETUP_WRITE);
__attribute__((constructor)) static void console_open(void) {
    UCSR0B = 1 << TXEN0;
    stdout = &console;
}
__attribute__((destructor)) static void console_end(void) {
    cli();
    sleep_enable();
    sleep_cpu();
}

#endif
