/* A file that is there, opened and closed: opens FOLDER [TIMES]. Prints `open TIMES NANOSECONDS` and `close TIMES
 * NANOSECONDS`. As many are open at once as make the clock's own time of no account. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { AT_ONCE = 40 };

static long long now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000LL + time.tv_nsec;
}

int main(int count, char **arguments)
{
	const char *folder = count > 1 ? arguments[1] : "/tmp";
	long times = count > 2 ? atol(arguments[2]) : 1000;
	char path[64];
	snprintf(path, sizeof path, "%s/there", folder);
	/* It is there already, or opening says what is wrong. */
	mkdir(folder, 0755);
	int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
	if (file < 0 || write(file, path, sizeof path) != sizeof path || close(file) != 0) {
		perror(path);
		return 1;
	}
	long long opening = 0, closing = 0;
	long opened = 0;
	while (opened < times) {
		int files[AT_ONCE];
		long long begin = now();
		for (int i = 0; i < AT_ONCE; i++)
			files[i] = open(path, O_RDONLY);
		long long middle = now();
		for (int i = 0; i < AT_ONCE; i++)
			if (close(files[i]) != 0) {
				perror(path);
				return 1;
			}
		closing += now() - middle;
		opening += middle - begin;
		opened += AT_ONCE;
	}
	printf("open %ld %lld\nclose %ld %lld\n", opened, opening, opened, closing);
	return 0;
}
