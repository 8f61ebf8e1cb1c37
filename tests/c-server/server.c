/* A server for three ports by one epoll set: HTTP/1.1, an echo over TCP, and an echo over UDP. */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HTTP = 8080, ECHO = 7007, EVENTS = 64, ROOM = 16384 };

enum kind { LISTEN_HTTP, LISTEN_ECHO, DATAGRAMS, SERVE_HTTP, SERVE_ECHO };

struct peer {
	int fd;
	enum kind kind;
	int ends;
	size_t in, out, sent;
	char input[ROOM];
	char output[ROOM];
};

static int set;

static int fail(const char *what)
{
	printf("%s: %s\n", what, strerror(errno));
	exit(1);
}

static struct peer *watch(int fd, enum kind kind)
{
	struct peer *peer = calloc(1, sizeof *peer);
	if (!peer)
		return NULL;
	peer->fd = fd;
	peer->kind = kind;
	struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP, .data.ptr = peer};
	if (epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) < 0) {
		free(peer);
		return NULL;
	}
	return peer;
}

static void open_port(int type, int port, enum kind kind)
{
	int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		fail("socket");
	int on = 1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0)
		fail("setsockopt");
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_ANY)};
	if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0)
		fail("bind");
	if (type == SOCK_STREAM && listen(fd, 128) < 0)
		fail("listen");
	if (!watch(fd, kind))
		fail("epoll_ctl");
}

static void forget(struct peer *peer)
{
	close(peer->fd);
	free(peer);
}

/* One answer to each request that has come in full. */
static void answer(struct peer *peer)
{
	static const char BODY[] = "served by C\n";
	char *end;
	peer->input[peer->in] = 0;
	while (peer->out + 256 < ROOM && (end = strstr(peer->input, "\r\n\r\n"))) {
		int is_known = strncmp(peer->input, "GET / ", 6) == 0;
		const char *body = is_known ? BODY : "not here\n";
		peer->out += snprintf(peer->output + peer->out, ROOM - peer->out,
			"HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n\r\n%s",
			is_known ? "200 OK" : "404 Not Found", strlen(body), body);
		*end = 0;
		if (strstr(peer->input, "\r\nConnection: close"))
			peer->ends = 1;
		size_t used = end + 4 - peer->input;
		memmove(peer->input, peer->input + used, peer->in - used + 1);
		peer->in -= used;
	}
}

static void take(struct peer *peer)
{
	if (peer->kind == SERVE_HTTP) {
		answer(peer);
		return;
	}
	size_t count = ROOM - peer->out < peer->in ? ROOM - peer->out : peer->in;
	memcpy(peer->output + peer->out, peer->input, count);
	memmove(peer->input, peer->input + count, peer->in - count);
	peer->out += count;
	peer->in -= count;
}

/* Reads and writes until one of them would wait. */
static void serve(struct peer *peer)
{
	int is_stuck = 0;
	for (;;) {
		while (peer->sent < peer->out) {
			ssize_t sent = send(peer->fd, peer->output + peer->sent, peer->out - peer->sent, MSG_NOSIGNAL);
			if (sent < 0 && errno == EAGAIN) {
				is_stuck = 1;
				break;
			}
			if (sent < 0) {
				forget(peer);
				return;
			}
			peer->sent += sent;
		}
		if (is_stuck)
			break;
		peer->sent = peer->out = 0;
		if (peer->ends && peer->in == 0) {
			forget(peer);
			return;
		}
		if (peer->in == ROOM - 1) {
			forget(peer);
			return;
		}
		ssize_t count = read(peer->fd, peer->input + peer->in, ROOM - 1 - peer->in);
		if (count < 0 && errno == EAGAIN)
			break;
		if (count < 0) {
			forget(peer);
			return;
		}
		if (count == 0)
			peer->ends = 1;
		peer->in += count;
		take(peer);
		if (count == 0 && peer->kind == SERVE_HTTP)
			peer->in = 0;
	}
	struct epoll_event event = {.events = EPOLLRDHUP | (is_stuck ? EPOLLOUT : EPOLLIN), .data.ptr = peer};
	if (epoll_ctl(set, EPOLL_CTL_MOD, peer->fd, &event) < 0)
		forget(peer);
}

static void welcome(struct peer *peer)
{
	for (;;) {
		struct sockaddr_in address;
		socklen_t length = sizeof address;
		int fd = accept4(peer->fd, (struct sockaddr *)&address, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0)
			return;
		int on = 1;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
		if (!watch(fd, peer->kind == LISTEN_HTTP ? SERVE_HTTP : SERVE_ECHO))
			close(fd);
	}
}

static void echo(struct peer *peer)
{
	for (;;) {
		struct sockaddr_in address;
		socklen_t length = sizeof address;
		ssize_t count = recvfrom(peer->fd, peer->input, ROOM, 0, (struct sockaddr *)&address, &length);
		if (count < 0)
			return;
		sendto(peer->fd, peer->input, count, 0, (struct sockaddr *)&address, length);
	}
}

int main(void)
{
	set = epoll_create1(EPOLL_CLOEXEC);
	if (set < 0)
		fail("epoll_create1");
	open_port(SOCK_STREAM, HTTP, LISTEN_HTTP);
	open_port(SOCK_STREAM, ECHO, LISTEN_ECHO);
	open_port(SOCK_DGRAM, ECHO, DATAGRAMS);
	puts("serving");
	for (;;) {
		struct epoll_event events[EVENTS];
		int count = epoll_wait(set, events, EVENTS, -1);
		if (count < 0)
			fail("epoll_wait");
		for (int i = 0; i < count; i++) {
			struct peer *peer = events[i].data.ptr;
			switch (peer->kind) {
			case LISTEN_HTTP:
			case LISTEN_ECHO:
				welcome(peer);
				break;
			case DATAGRAMS:
				echo(peer);
				break;
			case SERVE_HTTP:
			case SERVE_ECHO:
				serve(peer);
				break;
			}
		}
	}
}
