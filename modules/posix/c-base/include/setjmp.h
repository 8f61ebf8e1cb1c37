#ifndef _SETJMP_H
#define _SETJMP_H

#include <signal.h>

typedef unsigned long jmp_buf[32];

int setjmp(jmp_buf) __attribute__((__returns_twice__));
int _setjmp(jmp_buf) __attribute__((__returns_twice__));
void longjmp(jmp_buf, int) __attribute__((__noreturn__));
void _longjmp(jmp_buf, int) __attribute__((__noreturn__));

#define setjmp setjmp

/* With the mask of signals, which the process has. */
typedef struct {
	jmp_buf __jump;
	int __keeps;
	sigset_t __mask;
} sigjmp_buf[1];

#define sigsetjmp(__buffer, __keep) \
	((void)((__buffer)->__keeps = (__keep), \
		(__buffer)->__keeps && sigprocmask(SIG_BLOCK, 0, &(__buffer)->__mask)), \
	 setjmp((__buffer)->__jump))

static __inline __attribute__((__noreturn__, __unused__)) void siglongjmp(sigjmp_buf __buffer, int __number)
{
	if (__buffer->__keeps)
		sigprocmask(SIG_SETMASK, &__buffer->__mask, 0);
	longjmp(__buffer->__jump, __number);
}

#endif
