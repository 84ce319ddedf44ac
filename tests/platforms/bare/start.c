/* The start of a Cortex-M under qemu: vectors, memory, newlib's semihosting, main. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

extern char data_from[], data_begin[], data_end[], bss_begin[], bss_end[], stack_top[];
extern int main(int argc, char **argv);
extern void initialise_monitor_handles(void); /* newlib's: stdin, stdout and stderr through the emulator */
void start(void);
void stopped(void);
void _init(void);
void _fini(void);

void start(void) {
    memcpy(data_begin, data_from, (size_t)(data_end - data_begin));
    memset(bss_begin, 0, (size_t)(bss_end - bss_begin));
    initialise_monitor_handles();
    exit(main(0, NULL));
}
void stopped(void) { abort(); } /* a fault; abort ends the emulator with a failure */
void _init(void) {}
void _fini(void) {}

__attribute__((section(".vectors"), used)) static void (*const vectors[16])(void) = {
        (void (*)(void))(void *)stack_top, start, stopped, stopped, stopped, stopped, stopped, stopped,
        stopped, stopped, stopped, stopped, stopped, stopped, stopped, stopped};
