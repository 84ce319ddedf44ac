/* How long a healthy webhook waits for its first attempt beside sick ones: the fair half of
   tests/hub/hub_sim.h over the store in memory, in full length, as a table. On a simulated clock, so that its
   figures are the same on every machine. hub.sh builds and runs it. */
#define AKOLHOOK_IMPLEMENT_ALL
#include "akolhook_hub.h"
#define SIM_HOURS 24
#define SIM_TELL 1
#define SIM_BACKLOG 1000000
#define SIM_PENDING 4200000
#define SUITE_MEMORY (1900u << 20)
#include "../hub/hub_suite.h"

static void suite_store_open(akolhook_hub_desc *d) { (void)d; }
static void suite_store_close(void) {}

int main(void) {
    printf("first attempts of a healthy webhook, 16 places, deadline 30 s, an event a minute, simulated\n");
    suite_fair_dead();
    suite_fair_slow();
    suite_fair_lookup();
    suite_fair_host();
    suite_fair_tests();
    suite_fair_backlog();
    suite_fair_clock();
    suite_fair_outage();
    suite_fair_hurt();
    return check_bad != 0;
}
