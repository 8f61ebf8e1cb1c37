#include "checks.h"
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static void happened(const char *what, int fd, short asked)
{
	struct pollfd entry = {.fd = fd, .events = asked};
	int count = poll(&entry, 1, 0);
	printf("%s: %d, %s\n", what, count, events(entry.revents));
}

static long since(const struct timespec *begin)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - begin->tv_sec) * 1000 + (now.tv_nsec - begin->tv_nsec) / 1000000;
}

static void a_pipe(void)
{
	int ends[2];
	char bytes[16];
	struct stat known;
	TELL(pipe(ends));
	TELL(fstat(ends[0], &known));
	printf("a pipe: %d, %d\n", S_ISFIFO(known.st_mode), isatty(ends[0]));
	happened("empty", ends[0], POLLIN);
	happened("with room", ends[1], POLLOUT);
	TELL(write(ends[1], "hello", 5));
	int count = 0;
	TELL(ioctl(ends[0], FIONREAD, &count));
	printf("%d wait\n", count);
	happened("full of hello", ends[0], POLLIN);
	TELL(read(ends[0], bytes, 3));
	TELL(read(ends[0], bytes, sizeof bytes));
	TELL(lseek(ends[0], 0, SEEK_SET));
	TELL(pread(ends[0], bytes, 1, 0));
	TELL(read(ends[1], bytes, 1));
	TELL(write(ends[0], bytes, 1));
	TELL(fcntl(ends[0], F_SETFL, O_NONBLOCK));
	TELL(fcntl(ends[0], F_GETFL));
	TELL(read(ends[0], bytes, sizeof bytes));
	struct iovec parts[3] = {{"one ", 4}, {"", 0}, {"two", 3}};
	TELL(writev(ends[1], parts, 3));
	struct iovec rooms[2] = {{bytes, 5}, {bytes + 5, 5}};
	TELL(readv(ends[0], rooms, 2));
	printf("%.7s\n", bytes);
	int other = dup(ends[1]);
	close(ends[1]);
	happened("still open", ends[0], POLLIN);
	TELL(write(other, "end", 3));
	close(other);
	happened("closed with bytes", ends[0], POLLIN);
	TELL(read(ends[0], bytes, sizeof bytes));
	happened("closed", ends[0], POLLIN);
	TELL(read(ends[0], bytes, sizeof bytes));
	close(ends[0]);
	happened("no descriptor", ends[0], POLLIN);
	TELL(read(ends[0], bytes, 1));
}

static void a_pipe_nobody_reads(void)
{
	int ends[2];
	static unsigned char bytes[70000];
	TELL(pipe2(ends, O_NONBLOCK | O_CLOEXEC));
	TELL(fcntl(ends[1], F_GETFD));
	fill(bytes, sizeof bytes, 0);
	TELL(write(ends[1], bytes, sizeof bytes));
	TELL(write(ends[1], bytes, 1));
	happened("full", ends[1], POLLOUT);
	TELL(read(ends[0], bytes, 4096));
	happened("with room again", ends[1], POLLOUT);
	printf("in order: %d\n", is_filled(bytes, 4096, 0));
	close(ends[0]);
	TELL(write(ends[1], bytes, 1));
	happened("broken", ends[1], POLLOUT);
	close(ends[1]);
	TELL(pipe2(ends, 1));
	TELL(close(ends[1]));
}

static void a_pair(void)
{
	int ends[2];
	char bytes[16];
	struct stat known;
	TELL(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	fstat(ends[0], &known);
	printf("a socket: %d\n", S_ISSOCK(known.st_mode));
	TELL(send(ends[0], "ping", 4, MSG_NOSIGNAL));
	TELL(recv(ends[1], bytes, 2, MSG_PEEK));
	TELL(recv(ends[1], bytes, sizeof bytes, 0));
	TELL(recv(ends[1], bytes, sizeof bytes, MSG_DONTWAIT));
	TELL(write(ends[1], "pong", 4));
	happened("answered", ends[0], POLLIN | POLLOUT);
	TELL(read(ends[0], bytes, sizeof bytes));
	TELL(shutdown(ends[1], SHUT_WR));
	happened("half closed", ends[0], POLLIN | POLLOUT | 0x2000);
	TELL(read(ends[0], bytes, sizeof bytes));
	TELL(write(ends[0], "more", 4));
	TELL(read(ends[1], bytes, sizeof bytes));
	TELL(write(ends[1], "x", 1));
	close(ends[1]);
	happened("closed", ends[0], POLLIN | POLLOUT | 0x2000);
	TELL(write(ends[0], "x", 1));
	close(ends[0]);
	TELL(socketpair(AF_INET, SOCK_STREAM, 0, ends));
}

static void a_counter(void)
{
	uint64_t count = 5;
	int fd = eventfd(0, EFD_NONBLOCK);
	TELL(read(fd, &count, sizeof count));
	TELL(write(fd, &count, sizeof count));
	happened("counted", fd, POLLIN | POLLOUT);
	TELL(write(fd, &count, 4));
	TELL(eventfd_write(fd, 2));
	TELL(read(fd, &count, sizeof count));
	printf("%llu\n", (unsigned long long)count);
	count = UINT64_MAX;
	TELL(write(fd, &count, sizeof count));
	count = UINT64_MAX - 1;
	TELL(write(fd, &count, sizeof count));
	happened("as much as can be", fd, POLLIN | POLLOUT);
	TELL(eventfd_write(fd, 1));
	close(fd);
	fd = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK);
	eventfd_t one = 0;
	TELL(eventfd_read(fd, &one));
	TELL(eventfd_read(fd, &one));
	TELL(eventfd_read(fd, &one));
	close(fd);
}

static void waiting(void)
{
	struct timespec begin;
	struct pollfd none = {.fd = -1, .events = POLLIN, .revents = 7};
	clock_gettime(CLOCK_MONOTONIC, &begin);
	TELL(poll(&none, 1, 30));
	printf("%d; %s\n", none.revents, since(&begin) >= 30 ? "long enough" : "too short");
	clock_gettime(CLOCK_MONOTONIC, &begin);
	struct timeval time = {.tv_usec = 20000};
	TELL(select(0, NULL, NULL, NULL, &time));
	printf("%ld; %s\n", (long)(time.tv_sec + time.tv_usec), since(&begin) >= 20 ? "long enough" : "too short");
	struct timespec wrong = {.tv_nsec = 1000000000};
	TELL(ppoll(&none, 1, &wrong, NULL));
	int ends[2];
	fd_set reads, writes;
	TELL(pipe(ends));
	FD_ZERO(&reads);
	FD_ZERO(&writes);
	FD_SET(ends[0], &reads);
	FD_SET(ends[1], &writes);
	TELL(select(ends[1] + 1, &reads, &writes, NULL, NULL));
	printf("%d %d\n", FD_ISSET(ends[0], &reads) != 0, FD_ISSET(ends[1], &writes) != 0);
	FD_SET(ends[0], &reads);
	TELL(write(ends[1], "x", 1));
	TELL(select(ends[1] + 1, &reads, &writes, NULL, &time));
	printf("%d %d\n", FD_ISSET(ends[0], &reads) != 0, FD_ISSET(ends[1], &writes) != 0);
	FD_SET(60, &reads);
	TELL(select(61, &reads, NULL, NULL, &time));
	TELL(select(-1, NULL, NULL, NULL, &time));
	close(ends[0]);
	close(ends[1]);
}

static void show(int set, int most)
{
	struct epoll_event found[4];
	int count = epoll_wait(set, found, most, 0);
	printf("epoll_wait: %d", count);
	for (int i = 0; i < count; i++)
		printf(", %d %s", (int)found[i].data.u32, events(found[i].events));
	puts("");
}

static void sets(void)
{
	int one[2], two[2];
	char byte;
	TELL(pipe(one));
	TELL(pipe(two));
	int set = epoll_create1(0);
	struct epoll_event event = {.events = EPOLLIN, .data.u32 = 1};
	TELL(epoll_ctl(set, EPOLL_CTL_ADD, one[0], &event));
	TELL(epoll_ctl(set, EPOLL_CTL_ADD, one[0], &event));
	event.data.u32 = 2;
	TELL(epoll_ctl(set, EPOLL_CTL_MOD, two[0], &event));
	event.events = EPOLLIN | EPOLLET;
	TELL(epoll_ctl(set, EPOLL_CTL_ADD, two[0], &event));
	TELL(epoll_ctl(set, EPOLL_CTL_ADD, set, &event));
	TELL(epoll_ctl(set, EPOLL_CTL_ADD, 99, &event));
	TELL(epoll_ctl(one[0], EPOLL_CTL_ADD, one[1], &event));
	show(set, 4);
	write(one[1], "a", 1);
	write(two[1], "b", 1);
	show(set, 4);
	puts("one by its state, the other by its change");
	show(set, 4);
	write(two[1], "c", 1);
	show(set, 1);
	show(set, 1);
	read(one[0], &byte, 1);
	show(set, 4);
	event.events = EPOLLIN | EPOLLONESHOT;
	event.data.u32 = 3;
	TELL(epoll_ctl(set, EPOLL_CTL_MOD, one[0], &event));
	write(one[1], "d", 1);
	show(set, 4);
	show(set, 4);
	TELL(epoll_ctl(set, EPOLL_CTL_MOD, one[0], &event));
	show(set, 4);
	event.events = EPOLLOUT;
	event.data.u32 = 4;
	TELL(epoll_ctl(set, EPOLL_CTL_ADD, one[1], &event));
	show(set, 4);
	TELL(epoll_ctl(set, EPOLL_CTL_DEL, one[1], NULL));
	TELL(epoll_ctl(set, EPOLL_CTL_DEL, one[1], NULL));
	close(two[1]);
	show(set, 4);
	close(two[0]);
	show(set, 4);
	TELL(epoll_wait(set, &event, 0, 0));
	TELL(epoll_wait(one[0], &event, 1, 0));
	TELL(read(set, &byte, 1));
	close(set);
	close(one[0]);
	close(one[1]);
}

void pipes(void)
{
	puts("-- pipes");
	a_pipe();
	a_pipe_nobody_reads();
	puts("-- pairs of sockets");
	a_pair();
	puts("-- counters of events");
	a_counter();
	puts("-- waiting");
	waiting();
	puts("-- sets");
	sets();
}
