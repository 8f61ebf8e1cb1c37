/* A file, written and read from its beginning to its end by blocks of 512 bytes to 64 KiB: files FOLDER [BYTES [OTHERS]].
 * Prints for each size `write-SIZE BYTES NANOSECONDS`, with an fsync at the end, `read-SIZE` when nothing of it is kept in
 * memory, and `again-SIZE` right after that. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 65536 };
static unsigned char block[MOST];
static char path[64], other[64];

static long long now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void refuse(const char *what)
{
	perror(what);
	exit(1);
}

/* Linux forgets what it keeps of files (proc_sys_vm(5)). Elsewhere so many bytes of another file are read, which leave no
 * room for this one. */
static void forget(long others)
{
	int file = open("/proc/sys/vm/drop_caches", O_WRONLY);
	if (file >= 0) {
		if (write(file, "3", 1) != 1)
			refuse("drop_caches");
		close(file);
		return;
	}
	file = open(other, O_RDONLY);
	if (file < 0)
		refuse(other);
	for (long at = 0; at < others; at += MOST)
		if (read(file, block, MOST) != MOST)
			refuse("read");
	close(file);
}

static long long writing(const char *path, long bytes, long size)
{
	long long begin = now();
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (file < 0)
		refuse(path);
	for (long at = 0; at < bytes; at += size) {
		memset(block, (int)(at / size) + 1, 8);
		if (write(file, block, size) != size)
			refuse("write");
	}
	if (fsync(file) != 0 || close(file) != 0)
		refuse("fsync");
	return now() - begin;
}

static long long reading(long bytes, long size)
{
	long long begin = now();
	int file = open(path, O_RDONLY);
	if (file < 0)
		refuse(path);
	for (long at = 0; at < bytes; at += size)
		if (read(file, block, size) != size || block[0] != (unsigned char)(at / size + 1))
			refuse("read");
	close(file);
	return now() - begin;
}

int main(int count, char **arguments)
{
	const char *folder = count > 1 ? arguments[1] : "/disk";
	long bytes = count > 2 ? atol(arguments[2]) : 4 << 20;
	long others = count > 3 ? atol(arguments[3]) : 0;
	snprintf(path, sizeof path, "%s/data", folder);
	snprintf(other, sizeof other, "%s/other", folder);
	/* It is there already, or opening says what is wrong. */
	mkdir(folder, 0755);
	writing(other, others, MOST);
	for (long size = 512; size <= MOST; size *= 2) {
		printf("write-%ld %ld %lld\n", size, bytes, writing(path, bytes, size));
		forget(others);
		printf("read-%ld %ld %lld\n", size, bytes, reading(bytes, size));
		printf("again-%ld %ld %lld\n", size, bytes, reading(bytes, size));
	}
	return 0;
}
