#define AKOLHOOK_IMPLEMENTATION
#include "akolhook.h"
