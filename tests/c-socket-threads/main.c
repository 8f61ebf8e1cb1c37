/* Threads that block: a server with one for each connection, its clients, and a pipe between two. */

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PORT = 7300, CLIENTS = 5, ROUNDS = 20, BYTES = 3000 };

static int server;

static void fail(const char *what)
{
	printf("%s: %s\n", what, strerror(errno));
	exit(1);
}

/* Sends back what comes, until there is no more. */
static void *serve(void *argument)
{
	int fd = (int)(long)argument;
	char bytes[700];
	ssize_t count;
	while ((count = read(fd, bytes, sizeof bytes)) > 0)
		if (write(fd, bytes, count) != count)
			fail("write");
	if (count < 0)
		fail("read");
	close(fd);
	return NULL;
}

static void *welcome(void *unused)
{
	pthread_t threads[CLIENTS];
	for (int i = 0; i < CLIENTS; i++) {
		int fd = accept(server, NULL, NULL);
		if (fd < 0)
			fail("accept");
		if (pthread_create(&threads[i], NULL, serve, (void *)(long)fd))
			fail("pthread_create");
	}
	for (int i = 0; i < CLIENTS; i++)
		pthread_join(threads[i], NULL);
	return unused;
}

/* How many rounds came back as they were. */
static void *ask(void *argument)
{
	long number = (long)argument, right = 0;
	static const int MORE = 7;
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons(PORT), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
		fail("connect");
	for (int round = 0; round < ROUNDS; round++) {
		char out[BYTES], back[BYTES];
		for (int i = 0; i < BYTES; i++)
			out[i] = i * MORE + round + number;
		if (write(fd, out, BYTES) != BYTES)
			fail("write");
		if (recv(fd, back, BYTES, MSG_WAITALL) != BYTES)
			fail("recv");
		right += memcmp(out, back, BYTES) == 0;
	}
	close(fd);
	return (void *)right;
}

static void *count_bytes(void *argument)
{
	int fd = (int)(long)argument;
	char bytes[4096];
	long sum = 0;
	ssize_t count;
	while ((count = read(fd, bytes, sizeof bytes)) > 0)
		sum += count;
	close(fd);
	return (void *)sum;
}

/* Waits by poll for a byte that another thread writes once it has begun. */
static void *await(void *argument)
{
	struct pollfd entry = {.fd = (int)(long)argument, .events = POLLIN};
	return (void *)(long)(poll(&entry, 1, 10000) == 1 && entry.revents == POLLIN);
}

int main(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(PORT)};
	pthread_t welcomer, clients[CLIENTS], other;
	int on = 1;
	void *result;
	server = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(server, (struct sockaddr *)&address, sizeof address) < 0 || listen(server, CLIENTS) < 0)
		fail("listen");
	pthread_create(&welcomer, NULL, welcome, NULL);
	for (long i = 0; i < CLIENTS; i++)
		pthread_create(&clients[i], NULL, ask, (void *)i);
	for (int i = 0; i < CLIENTS; i++) {
		pthread_join(clients[i], &result);
		printf("client %d: %ld of %d rounds\n", i, (long)result, ROUNDS);
	}
	pthread_join(welcomer, NULL);

	int ends[2];
	static char much[300000];
	pipe(ends);
	pthread_create(&other, NULL, count_bytes, (void *)(long)ends[0]);
	printf("%zd bytes written\n", write(ends[1], much, sizeof much));
	close(ends[1]);
	pthread_join(other, &result);
	printf("%ld bytes read\n", (long)result);

	pipe(ends);
	pthread_create(&other, NULL, await, (void *)(long)ends[0]);
	usleep(20000);
	write(ends[1], "x", 1);
	pthread_join(other, &result);
	printf("seen: %ld\n", (long)result);
	return 0;
}
