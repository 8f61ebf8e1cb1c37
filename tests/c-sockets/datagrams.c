#include "checks.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { PORT = 7200 };

static struct sockaddr_in at(int port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	return address;
}

static const char *awaited(int fd)
{
	struct pollfd entry = {.fd = fd, .events = POLLIN | POLLOUT};
	int tries = 0;
	/* What was sent may be under way. */
	do
		poll(&entry, 1, 10);
	while (!(entry.revents & POLLIN) && ++tries < 100);
	return events(entry.revents);
}

void datagrams(void)
{
	puts("-- datagrams");
	char bytes[64];
	static char much[70000];
	int count = -1;
	struct sockaddr_in address = at(PORT), from;
	socklen_t length = sizeof from;
	int server = socket(AF_INET, SOCK_DGRAM, 0), client = socket(AF_INET, SOCK_DGRAM, 0);
	TELL(bind(server, (struct sockaddr *)&address, sizeof address));
	TELL(bind(client, (struct sockaddr *)&address, sizeof address));
	TELL(listen(server, 1));
	TELL(accept(server, NULL, NULL));
	TELL(recv(server, bytes, 1, MSG_DONTWAIT));
	TELL(send(client, "x", 1, 0));
	TELL(sendto(client, "first", 5, 0, (struct sockaddr *)&address, sizeof address));
	TELL(sendto(client, "", 0, 0, (struct sockaddr *)&address, sizeof address));
	struct iovec parts[2] = {{"of two ", 7}, {"parts", 5}};
	TELL(connect(client, (struct sockaddr *)&address, sizeof address));
	TELL(writev(client, parts, 2));
	puts(awaited(server));
	TELL(ioctl(server, FIONREAD, &count));
	printf("%d wait\n", count);
	TELL(recvfrom(server, bytes, 2, MSG_PEEK, (struct sockaddr *)&from, &length));
	TELL(recvfrom(server, bytes, 2, MSG_TRUNC, (struct sockaddr *)&from, &length));
	printf("%.2s from %s, %u\n", bytes, inet_ntoa(from.sin_addr), length);
	TELL(recv(server, bytes, sizeof bytes, 0));
	struct iovec rooms[2] = {{bytes, 3}, {bytes + 3, 6}};
	struct msghdr message = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = rooms, .msg_iovlen = 2};
	TELL(recvmsg(server, &message, 0));
	printf("%.9s %s %u\n", bytes, message.msg_flags & MSG_TRUNC ? "cut" : "whole", message.msg_namelen);
	TELL(sendto(server, "back", 4, 0, (struct sockaddr *)&from, sizeof from));
	TELL(read(client, bytes, sizeof bytes));
	struct sockaddr_in own;
	TELL(getsockname(client, (struct sockaddr *)&own, &length));
	printf("the port is that which was told: %d\n", own.sin_port == from.sin_port);
	/* Only from the peer that it is connected to. */
	int stranger = socket(AF_INET, SOCK_DGRAM, 0);
	own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	TELL(sendto(stranger, "no", 2, 0, (struct sockaddr *)&own, sizeof own));
	TELL(sendto(server, "yes", 3, 0, (struct sockaddr *)&own, sizeof own));
	TELL(recv(client, bytes, sizeof bytes, 0));
	printf("%.3s\n", bytes);
	TELL(send(client, much, sizeof much, 0));
	TELL(send(client, much, 1400, 0));
	TELL(recv(server, much, sizeof much, 0));
	struct timeval time = {.tv_usec = 20000};
	TELL(setsockopt(server, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time));
	TELL(recv(server, bytes, sizeof bytes, 0));
	close(stranger);
	close(client);
	close(server);
	server = socket(AF_INET, SOCK_DGRAM, 0);
	TELL(bind(server, (struct sockaddr *)&address, sizeof address));
	close(server);
}
