#include "checks.h"
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

static void look_up(const char *host, const char *service, struct addrinfo hints)
{
	struct addrinfo *list;
	int number = getaddrinfo(host, service, &hints, &list);
	printf("%s %s:", host ? host : "-", service ? service : "-");
	if (number) {
		printf(" %s\n", gai_strerror(number));
		return;
	}
	for (struct addrinfo *one = list; one; one = one->ai_next) {
		char text[NI_MAXHOST], port[NI_MAXSERV];
		getnameinfo(one->ai_addr, one->ai_addrlen, text, sizeof text, port, sizeof port,
			NI_NUMERICHOST | NI_NUMERICSERV);
		printf(" %s %s %d/%d/%d", text, port, one->ai_family, one->ai_socktype, one->ai_protocol);
	}
	printf("%s%s\n", list->ai_canonname ? " " : "", list->ai_canonname ? list->ai_canonname : "");
	freeaddrinfo(list);
}

void names(void)
{
	puts("-- names");
	struct addrinfo stream = {.ai_socktype = SOCK_STREAM};
	struct addrinfo v4 = {.ai_socktype = SOCK_DGRAM, .ai_family = AF_INET, .ai_flags = AI_PASSIVE};
	struct addrinfo name = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_CANONNAME | AI_NUMERICHOST};
	struct addrinfo v6 = {.ai_socktype = SOCK_STREAM, .ai_family = AF_INET6};
	struct addrinfo wrong = {.ai_flags = 0x800000};
	look_up("10.0.2.15", "80", stream);
	look_up("fe80::1", "8080", stream);
	look_up(NULL, "53", v4);
	look_up("127.0.0.1", NULL, name);
	look_up("no.such.name.invalid", NULL, name);
	look_up("10.0.0.1", "80", v6);
	look_up("1.2.3.4", "80", wrong);
	look_up(NULL, NULL, stream);
	stream.ai_socktype = 77;
	look_up("1.2.3.4", "80", stream);
	stream.ai_socktype = SOCK_STREAM;
	stream.ai_family = 77;
	look_up("1.2.3.4", "80", stream);
	struct in_addr address;
	printf("%d %d %d\n", inet_aton("127.1", &address), inet_aton("0x7f.0.0.01", &address), inet_aton("1.2.3.4.5", &address));
	printf("%d %x\n", inet_addr("256.1.1.1") == INADDR_NONE, ntohl(inet_addr("10.0.2.15")));
	struct in6_addr long_one;
	char text[INET6_ADDRSTRLEN];
	TELL(inet_pton(AF_INET6, "2001:DB8::0:1", &long_one));
	puts(inet_ntop(AF_INET6, &long_one, text, sizeof text));
}
