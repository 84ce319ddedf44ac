/* What a test needs on an AVR under simavr: stdout on the serial port, and an end. Compiled with the test,
   whose main is test_main. simavr stops when the processor sleeps with its interrupts off. */
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>
#include <stdio.h>

int test_main(int argc, char **argv); /* as some are; the others pass their arguments over */

static int put(char c, FILE *file) {
    (void)file;
    while (!(UCSR0A & (1 << UDRE0))) {}
    UDR0 = (unsigned char)c;
    return 0;
}

int main(void) {
    static char name[] = "test", *args[] = {name, NULL};
    static FILE port;
    fdev_setup_stream(&port, put, NULL, _FDEV_SETUP_WRITE);
    stdout = &port;
    UCSR0B = 1 << TXEN0;
    test_main(1, args);
    cli();
    sleep_enable();
    sleep_cpu();
    return 0;
}
