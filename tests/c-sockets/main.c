#include "checks.h"
#include <poll.h>
#include <signal.h>

const char *events(unsigned bits)
{
	static const struct {
		unsigned bit;
		const char *name;
	} NAMES[] = {{POLLIN, "IN"}, {POLLOUT, "OUT"}, {POLLERR, "ERR"}, {POLLHUP, "HUP"}, {POLLNVAL, "NVAL"}, {0x2000, "RDHUP"}};
	static char text[64];
	text[0] = 0;
	for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
		if (bits & NAMES[i].bit)
			strcat(strcat(text, text[0] ? "|" : ""), NAMES[i].name);
	return text[0] ? text : "nothing";
}

void fill(unsigned char *bytes, size_t count, unsigned first)
{
	for (size_t i = 0; i < count; i++)
		bytes[i] = (first + i) * 31 / 7;
}

int is_filled(const unsigned char *bytes, size_t count, unsigned first)
{
	for (size_t i = 0; i < count; i++)
		if (bytes[i] != (unsigned char)((first + i) * 31 / 7))
			return 0;
	return 1;
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	pipes();
	streams();
	datagrams();
	names();
	return 0;
}
