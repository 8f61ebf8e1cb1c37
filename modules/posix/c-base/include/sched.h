#ifndef _SCHED_H
#define _SCHED_H

#include <bits/types.h>

int sched_yield(void);

#endif
