/* What the parts of the program share. */

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

/* Prints what a call returned, and by which error if it was -1. */
static inline long told(const char *what, long result)
{
	int number = errno;
	if (result == -1)
		printf("%s: %s\n", what, strerror(number));
	else
		printf("%s: %ld\n", what, result);
	errno = number;
	return result;
}

#define TELL(call) told(#call, (errno = 0, (long)(call)))

/* The events of poll and epoll by their names. */
const char *events(unsigned);

/* Fills a buffer so that each byte says where it is. */
void fill(unsigned char *, size_t, unsigned);
int is_filled(const unsigned char *, size_t, unsigned);

void pipes(void);
void streams(void);
void datagrams(void);
void names(void);
