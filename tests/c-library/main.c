/* What a C program does in an image: arguments of every kind, files, memory, jumps, time, its end. */
#include <errno.h>
#include <fcntl.h>
#include <fenv.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static jmp_buf back;

/* Which exceptions of numbers a function raises. */
static const char *raised(double (*function)(double), double number)
{
	feclearexcept(FE_ALL_EXCEPT);
	volatile double result = function(number);
	(void)result;
	int exceptions = fetestexcept(FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW);
	return exceptions & FE_INVALID ? "invalid" : exceptions & FE_DIVBYZERO ? "pole"
	       : exceptions & FE_OVERFLOW ? "overflow" : "nothing";
}

/* The same of a result that is of no use before it is known that nothing was raised. */
static const char *raised_by_root(const volatile double *number)
{
	feclearexcept(FE_ALL_EXCEPT);
	double root = sqrt(*number);
	if (fetestexcept(FE_INVALID))
		return "invalid";
	return root == 2 ? "2" : "nothing";
}

static void deep(int depth)
{
	if (depth == 0)
		longjmp(back, 7);
	deep(depth - 1);
}

static double sum(int count, ...)
{
	va_list list, copy;
	double total = 0;
	va_start(list, count);
	va_copy(copy, list);
	for (int i = 0; i < count; i++)
		total += i % 2 ? va_arg(list, double) : va_arg(list, int);
	for (int i = 0; i < count; i++)
		total += i % 2 ? va_arg(copy, double) : va_arg(copy, int);
	va_end(copy);
	va_end(list);
	return total;
}

static int compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void first(void) { puts("the first to be registered is called last"); }
static void last(void) { puts("the last to be registered is called first"); }

int main(int argc, char **argv)
{
	printf("%d arguments, the last is \"%s\", then %p\n", argc, argv[argc - 1], (void *)argv[argc]);
	printf("%d %ld %llx %c %s %5.2f|%-8s|%+d|%08.3e|%g %a %%\n", -1, 1L << 40, 1ULL << 63, 'c', "text", 3.14159,
	       "left", 5, 12345.678, 0.1, 0.5);
	printf("%d %d %d %d %d %d %d %d %.1f %.1f %.1f %.1f %.1f %.1f %.1f %.1f %.1f %d\n", 1, 2, 3, 4, 5, 6, 7, 8, 1.0,
	       2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 9);
	printf("%.1f %Lg\n", sum(20, 1, .5, 2, .5, 3, .5, 4, .5, 5, .5, 6, .5, 7, .5, 8, .5, 9, .5, 10, .5), 2.5L);

	int numbers[] = { 5, -3, 9, 0, 7 };
	qsort(numbers, 5, sizeof *numbers, compare);
	printf("%d %d %d %d %d; %.17g; %.6f\n", numbers[0], numbers[1], numbers[2], numbers[3], numbers[4],
	       strtod("0x1.8p3", NULL) + strtod("1e-5", NULL), sin(1) + pow(2, 0.5));

	const volatile double squares[] = {-4, 4};
	printf("%s %s %s %s; %s %s\n", raised(exp, 1000), raised(log, 0), raised(log, -1), raised(exp, 1),
	       raised_by_root(squares), raised_by_root(squares + 1));

	int value = setjmp(back);
	if (value == 0)
		deep(40);
	printf("jumped with %d\n", value);

	sigjmp_buf masked;
	sigset_t blocked, now;
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	for (int keeps = 0; keeps < 2; keeps++) {
		sigprocmask(SIG_UNBLOCK, &blocked, NULL);
		value = sigsetjmp(masked, keeps);
		if (value == 0) {
			sigprocmask(SIG_BLOCK, &blocked, NULL);
			siglongjmp(masked, 5);
		}
		sigprocmask(SIG_BLOCK, NULL, &now);
		printf("%d, blocked: %d\n", value, sigismember(&now, SIGUSR1));
	}

	FILE *file = fopen("/notes.txt", "w+");
	for (int i = 0; i < 1000; i++)
		fprintf(file, "line %d\n", i);
	fseek(file, 7, SEEK_SET);
	char line[32];
	fgets(line, sizeof line, file);
	int number;
	fscanf(file, "line %d", &number);
	fclose(file);
	struct stat known;
	stat("/notes.txt", &known);
	printf("\"%.*s\", %d, %ld bytes\n", (int)strcspn(line, "\n"), line, number, (long)known.st_size);

	int descriptor = open("/notes.txt", O_RDWR);
	char *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
	memcpy(map, "LINE", 4);
	munmap(map, 4096);
	pread(descriptor, line, 6, 0);
	close(descriptor);
	int failed = close(descriptor);
	printf("%.6s; closing again: %d, %s\n", line, failed, strerror(errno));
	failed = open("/none/file", O_RDONLY);
	printf("none: %d, %s\n", failed, strerror(errno));

	char *big = malloc(100000);
	memset(big, 'x', 100000);
	big = realloc(big, 200000);
	char *zeroes = calloc(1000, 10);
	printf("%c %c %d\n", big[0], big[99999], zeroes[9999]);
	free(zeroes);
	free(big);

	struct timespec before, after;
	clock_gettime(CLOCK_MONOTONIC, &before);
	usleep(2000);
	clock_gettime(CLOCK_MONOTONIC, &after);
	long passed = (after.tv_sec - before.tv_sec) * 1000000000L + after.tv_nsec - before.tv_nsec;
	time_t moment = 1767225600;
	char date[40];
	strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S", gmtime(&moment));
	printf("%s; waited: %s\n", date, passed >= 2000000 ? "long enough" : "too short");

	atexit(first);
	atexit(last);
	exit(3);
}
