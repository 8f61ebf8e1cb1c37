#ifndef _GETOPT_H
#define _GETOPT_H

struct __getopt_state {
	char *optarg;
	int optind;
	int opterr;
	int optopt;
};

struct __getopt_state *__getopt_state(void) __attribute__((__const__));

#define optarg (__getopt_state()->optarg)
#define optind (__getopt_state()->optind)
#define opterr (__getopt_state()->opterr)
#define optopt (__getopt_state()->optopt)

#define no_argument 0
#define required_argument 1
#define optional_argument 2

struct option {
	const char *name;
	int has_arg;
	int *flag;
	int val;
};

int getopt(int, char *const[], const char *);
int getopt_long(int, char *const *, const char *, const struct option *, int *);

#endif
