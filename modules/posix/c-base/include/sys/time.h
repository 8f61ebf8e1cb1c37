#ifndef _SYS_TIME_H
#define _SYS_TIME_H

#include <bits/types.h>
#include <sys/select.h>

struct timezone {
	int tz_minuteswest;
	int tz_dsttime;
};

int gettimeofday(struct timeval *, void *);

#define timerisset(t) ((t)->tv_sec || (t)->tv_usec)
#define timerclear(t) ((t)->tv_sec = (t)->tv_usec = 0)
#define timercmp(a, b, op) \
	((a)->tv_sec == (b)->tv_sec ? (a)->tv_usec op (b)->tv_usec : (a)->tv_sec op (b)->tv_sec)
#define timeradd(a, b, sum) do { \
		(sum)->tv_sec = (a)->tv_sec + (b)->tv_sec; \
		(sum)->tv_usec = (a)->tv_usec + (b)->tv_usec; \
		if ((sum)->tv_usec >= 1000000) { \
			(sum)->tv_sec++; \
			(sum)->tv_usec -= 1000000; \
		} \
	} while (0)
#define timersub(a, b, difference) do { \
		(difference)->tv_sec = (a)->tv_sec - (b)->tv_sec; \
		(difference)->tv_usec = (a)->tv_usec - (b)->tv_usec; \
		if ((difference)->tv_usec < 0) { \
			(difference)->tv_sec--; \
			(difference)->tv_usec += 1000000; \
		} \
	} while (0)
int utimes(const char *, const struct timeval *);

#endif
