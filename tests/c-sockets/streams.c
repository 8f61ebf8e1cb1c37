#include "checks.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { PORT = 7100, MUCH = 300000 };

static struct sockaddr_in at(int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
	inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
	return address;
}

/* Waits until something of what is asked for happens, and says what. */
static unsigned await(int fd, short asked)
{
	struct pollfd entry = {.fd = fd, .events = asked};
	int count = poll(&entry, 1, 5000);
	return count == 1 ? (unsigned)entry.revents : 0;
}

static void option(int fd, int level, int name)
{
	int value = -7;
	socklen_t length = sizeof value;
	if (getsockopt(fd, level, name, &value, &length) < 0)
		printf("option %d of %d: %s\n", name, level, strerror(errno));
	else
		printf("option %d of %d: %d\n", name, level, value);
}

static int listening(int port)
{
	int on = 1;
	struct sockaddr_in address = at(port);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	TELL(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on));
	TELL(bind(fd, (struct sockaddr *)&address, sizeof address));
	TELL(listen(fd, 8));
	return fd;
}

/* Two ends of a connection. */
static void connected(int server, int ends[2])
{
	struct sockaddr_in address = at(PORT), peer;
	socklen_t length = sizeof peer;
	ends[0] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (connect(ends[0], (struct sockaddr *)&address, sizeof address) < 0 && errno != EINPROGRESS)
		TELL(-1);
	await(server, POLLIN);
	ends[1] = accept(server, (struct sockaddr *)&peer, &length);
	await(ends[0], POLLOUT);
	fcntl(ends[0], F_SETFL, 0);
}

static void mistakes(void)
{
	char byte = 0;
	struct sockaddr_in address = at(PORT);
	TELL(socket(AF_INET, 77, 0));
	TELL(socket(77, SOCK_STREAM, 0));
	TELL(socket(AF_INET, SOCK_STREAM, IPPROTO_UDP));
	TELL(bind(0x7fff, (struct sockaddr *)&address, sizeof address));
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	TELL(accept(fd, NULL, NULL));
	TELL(recv(fd, &byte, 1, 0));
	TELL(send(fd, &byte, 1, MSG_NOSIGNAL));
	TELL(shutdown(fd, SHUT_RDWR));
	TELL(shutdown(fd, 9));
	TELL(getpeername(fd, (struct sockaddr *)&address, &(socklen_t){sizeof address}));
	TELL(bind(fd, (struct sockaddr *)&address, 3));
	address.sin_family = AF_INET6;
	TELL(bind(fd, (struct sockaddr *)&address, sizeof address));
	TELL(lseek(fd, 0, SEEK_SET));
	TELL(setsockopt(fd, SOL_SOCKET, 9999, &(int){1}, sizeof(int)));
	TELL(setsockopt(fd, SOL_SOCKET, SO_TYPE, &(int){1}, sizeof(int)));
	TELL(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &byte, 1));
	option(fd, SOL_SOCKET, SO_TYPE);
	option(fd, SOL_SOCKET, SO_ERROR);
	option(fd, SOL_SOCKET, SO_ACCEPTCONN);
	option(fd, SOL_SOCKET, SO_DOMAIN);
	option(fd, SOL_SOCKET, SO_PROTOCOL);
	option(fd, IPPROTO_TCP, TCP_NODELAY);
	struct linger linger = {1, 5}, kept;
	socklen_t length = sizeof kept;
	TELL(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger));
	TELL(getsockopt(fd, SOL_SOCKET, SO_LINGER, &kept, &length));
	printf("%d %d %u\n", kept.l_onoff, kept.l_linger, length);
	close(fd);
	TELL(listen(0x7fff, 1));
	int ends[2];
	pipe(ends);
	TELL(listen(ends[0], 1));
	TELL(accept(ends[0], NULL, NULL));
	close(ends[0]);
	close(ends[1]);
}

static void a_connection(int server)
{
	int ends[2], count = -1;
	char bytes[64];
	struct sockaddr_in address;
	socklen_t length = sizeof address;
	struct stat known;
	connected(server, ends);
	fstat(ends[1], &known);
	printf("a socket: %d\n", S_ISSOCK(known.st_mode));
	TELL(getsockname(ends[1], (struct sockaddr *)&address, &length));
	printf("%s %d %u\n", inet_ntoa(address.sin_addr), ntohs(address.sin_port), length);
	TELL(getpeername(ends[0], (struct sockaddr *)&address, &length));
	printf("%s %d\n", inet_ntoa(address.sin_addr), ntohs(address.sin_port));
	TELL(connect(ends[0], (struct sockaddr *)&address, sizeof address));
	TELL(connect(ends[0], (struct sockaddr *)&address, sizeof address));
	TELL(write(ends[0], "hello ", 6));
	struct iovec parts[2] = {{"wor", 3}, {"ld", 2}};
	TELL(writev(ends[0], parts, 2));
	TELL(recv(ends[1], bytes, 11, MSG_WAITALL | MSG_PEEK) > 0);
	TELL(recv(ends[1], bytes, 11, MSG_WAITALL));
	printf("%.11s\n", bytes);
	TELL(recv(ends[1], bytes, sizeof bytes, MSG_DONTWAIT));
	TELL(send(ends[1], "answer", 6, 0));
	printf("%s\n", events(await(ends[0], POLLIN)));
	TELL(ioctl(ends[0], FIONREAD, &count));
	printf("%d wait\n", count);
	struct msghdr message = {.msg_iov = (struct iovec[]){{bytes, 4}, {bytes + 4, 10}}, .msg_iovlen = 2};
	TELL(recvmsg(ends[0], &message, 0));
	printf("%.6s %d\n", bytes, message.msg_flags);
	message.msg_iov = parts;
	TELL(sendmsg(ends[0], &message, 0));
	TELL(recv(ends[1], bytes, 5, MSG_WAITALL));
	int on = 1;
	TELL(ioctl(ends[1], FIONBIO, &on));
	TELL(read(ends[1], bytes, 1));
	TELL(shutdown(ends[0], SHUT_WR));
	printf("%s\n", events(await(ends[1], POLLIN | POLLOUT | 0x2000)));
	TELL(read(ends[1], bytes, 1));
	TELL(write(ends[0], "x", 1));
	TELL(write(ends[1], "last", 4));
	TELL(close(ends[1]));
	TELL(recv(ends[0], bytes, sizeof bytes, MSG_WAITALL));
	printf("%.4s %s\n", bytes, events(await(ends[0], POLLIN | POLLOUT)));
	TELL(close(ends[0]));
}

/* More than both sides keep, both ways at once. */
static void much(int server)
{
	static unsigned char out[MUCH], back[MUCH];
	int ends[2];
	size_t sent = 0, got = 0, echoed = 0, held = 0;
	static unsigned char room[4096];
	connected(server, ends);
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	fcntl(ends[1], F_SETFL, O_NONBLOCK);
	fill(out, MUCH, 0);
	int set = epoll_create1(0);
	for (int i = 0; i < 2; i++) {
		struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.u32 = i};
		epoll_ctl(set, EPOLL_CTL_ADD, ends[i], &event);
	}
	while (got < MUCH) {
		struct epoll_event found[2];
		if (epoll_wait(set, found, 2, 5000) <= 0)
			break;
		for (int goes_on = 1; goes_on;) {
			goes_on = 0;
			ssize_t count = sent < MUCH ? write(ends[0], out + sent, MUCH - sent) : 0;
			if (count > 0)
				sent += count, goes_on = 1;
			count = held == 0 ? read(ends[1], room, sizeof room) : 0;
			if (count > 0)
				held = count, echoed = 0, goes_on = 1;
			count = held > 0 ? write(ends[1], room + echoed, held) : 0;
			if (count > 0)
				echoed += count, held -= count, goes_on = 1;
			count = read(ends[0], back + got, MUCH - got);
			if (count > 0)
				got += count, goes_on = 1;
		}
	}
	printf("%zu came back, %s\n", got, is_filled(back, got, 0) ? "as they were" : "spoilt");
	close(set);
	close(ends[0]);
	close(ends[1]);
}

static void failures(int server)
{
	char byte;
	int ends[2];
	struct sockaddr_in address = at(PORT + 1);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	TELL(connect(fd, (struct sockaddr *)&address, sizeof address));
	close(fd);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0 && errno != EINPROGRESS && errno != ECONNREFUSED)
		TELL(-1);
	printf("%s\n", events(await(fd, POLLOUT) & ~POLLIN));
	close(fd);
	address = at(PORT);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	TELL(bind(fd, (struct sockaddr *)&address, sizeof address));
	close(fd);
	/* A reset, which is told once. */
	connected(server, ends);
	struct linger now = {1, 0};
	setsockopt(ends[0], SOL_SOCKET, SO_LINGER, &now, sizeof now);
	close(ends[0]);
	printf("%s\n", events(await(ends[1], POLLIN | POLLOUT)));
	TELL(read(ends[1], &byte, 1));
	TELL(read(ends[1], &byte, 1));
	TELL(write(ends[1], &byte, 1));
	close(ends[1]);
	/* To who asks for it, too. */
	connected(server, ends);
	setsockopt(ends[0], SOL_SOCKET, SO_LINGER, &now, sizeof now);
	close(ends[0]);
	printf("%s\n", events(await(ends[1], POLLIN)));
	option(ends[1], SOL_SOCKET, SO_ERROR);
	option(ends[1], SOL_SOCKET, SO_ERROR);
	TELL(read(ends[1], &byte, 1));
	close(ends[1]);
	struct timeval time = {.tv_usec = 20000};
	TELL(setsockopt(server, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time));
	TELL(accept(server, NULL, NULL));
	connected(server, ends);
	TELL(setsockopt(ends[1], SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time));
	TELL(read(ends[1], &byte, 1));
	close(ends[0]);
	close(ends[1]);
}

void streams(void)
{
	puts("-- mistakes with sockets");
	mistakes();
	puts("-- streams");
	int server = listening(PORT);
	option(server, SOL_SOCKET, SO_ACCEPTCONN);
	a_connection(server);
	much(server);
	failures(server);
	close(server);
	server = listening(PORT);
	close(server);
}
