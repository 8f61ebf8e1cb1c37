/* The servers by UDP sockets that the Linux guest runs: serve echo|keys PORT BATCH.
 * echo sends each datagram back. keys keeps values under keys: the protocol is in systems/udp-kv/README.md.
 * With a batch of 1 each datagram is a recvfrom and a sendto, else so many at the most share a recvmmsg and a
 * sendmmsg. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { BATCH = 64, ROOM = 1472, SLOTS = 16384, ENTRY = 256 };

struct entry {
	uint8_t key_length;
	uint16_t length; /* of key and value; 0: free */
	uint8_t bytes[ENTRY];
};
static struct entry entries[SLOTS];

/* Where the key is, or the free place where it would be; none if there is no more room. */
static struct entry *find(const uint8_t *key, size_t length)
{
	uint64_t hash = 0xcbf29ce484222325;
	for (size_t i = 0; i < length; i++)
		hash = (hash ^ key[i]) * 0x100000001b3;
	for (size_t i = 0; i < SLOTS; i++) {
		struct entry *entry = &entries[(hash + i) % SLOTS];
		if (!entry->length || (entry->key_length == length && !memcmp(entry->bytes, key, length)))
			return entry;
	}
	return 0;
}

/* Answers in place; the length of the answer, 0 for none. Deleting is not measured, so it is not understood. */
static size_t keys(uint8_t *datagram, size_t length)
{
	if (length < 4)
		return 0;
	uint8_t operation = datagram[0];
	size_t key_length = datagram[1];
	uint8_t *key = datagram + 4;
	uint8_t status = '?';
	size_t value = 0;
	if (operation != 'G' && operation != 'S')
		return 0;
	if (key_length && key_length <= length - 4 && (operation == 'S' || key_length == length - 4)) {
		struct entry *entry = find(key, key_length);
		if (operation == 'G' && entry && entry->length) {
			status = '+';
			value = entry->length - entry->key_length;
			memcpy(key, entry->bytes + entry->key_length, value);
		} else if (operation == 'G') {
			status = '-';
		} else if (entry && length - 4 <= ENTRY) {
			status = '+';
			entry->key_length = key_length;
			entry->length = length - 4;
			memcpy(entry->bytes, key, length - 4);
		} else {
			status = '!';
		}
	}
	datagram[0] = status;
	datagram[1] = operation;
	return 4 + value;
}

static size_t answer(int is_echo, uint8_t *datagram, size_t length)
{
	return is_echo ? length : keys(datagram, length);
}

int main(int count, char **arguments)
{
	if (count != 4) {
		fprintf(stderr, "serve echo|keys PORT BATCH\n");
		return 2;
	}
	int is_echo = !strcmp(arguments[1], "echo");
	int batch = atoi(arguments[3]);
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(atoi(arguments[2])) };
	int server = socket(AF_INET, SOCK_DGRAM, 0);
	if (server < 0 || bind(server, (void *)&address, sizeof address) != 0) {
		perror("serve");
		return 1;
	}
	static uint8_t datagrams[BATCH][ROOM];
	static struct sockaddr_in peers[BATCH];
	static struct iovec pieces[BATCH];
	static struct mmsghdr messages[BATCH];
	if (batch <= 1)
		for (;;) {
			socklen_t size = sizeof peers[0];
			ssize_t length = recvfrom(server, datagrams[0], ROOM, 0, (void *)&peers[0], &size);
			if (length < 0 || !(length = answer(is_echo, datagrams[0], length)))
				continue;
			sendto(server, datagrams[0], length, 0, (void *)&peers[0], size);
		}
	if (batch > BATCH)
		batch = BATCH;
	for (;;) {
		for (int i = 0; i < batch; i++) {
			pieces[i] = (struct iovec){ datagrams[i], ROOM };
			messages[i].msg_hdr = (struct msghdr){
				.msg_name = &peers[i], .msg_namelen = sizeof peers[i], .msg_iov = &pieces[i], .msg_iovlen = 1
			};
		}
		int received = recvmmsg(server, messages, batch, MSG_WAITFORONE, 0);
		int kept = 0;
		for (int i = 0; i < received; i++) {
			size_t length = answer(is_echo, datagrams[i], messages[i].msg_len);
			if (!length)
				continue;
			pieces[i].iov_len = length;
			messages[kept++].msg_hdr = messages[i].msg_hdr;
		}
		for (int sent = 0; sent < kept;) {
			int some = sendmmsg(server, messages + sent, kept - sent, 0);
			if (some <= 0)
				break;
			sent += some;
		}
	}
}
