#ifndef _UNISTD_H
#define _UNISTD_H

#include <bits/access.h>
#include <bits/seek.h>
#include <bits/types.h>
#include <getopt.h>

#define _POSIX_VERSION 202405L
#define _POSIX_FSYNC 202405L
#define _POSIX_MAPPED_FILES 202405L
#define _POSIX_SYNCHRONIZED_IO 202405L

#define STDIN_FILENO 0
#define STDOUT_FILENO 1
#define STDERR_FILENO 2

#define _SC_OPEN_MAX 4
#define _SC_PAGESIZE 30
#define _SC_PAGE_SIZE 30
#define _SC_IOV_MAX 60
#define _SC_NPROCESSORS_CONF 83
#define _SC_NPROCESSORS_ONLN 84

#define _PC_LINK_MAX 0
#define _PC_NAME_MAX 3
#define _PC_PATH_MAX 4
#define _PC_CHOWN_RESTRICTED 6
#define _PC_NO_TRUNC 7
#define _PC_FILESIZEBITS 13

int close(int);
ssize_t read(int, void *, size_t);
ssize_t write(int, const void *, size_t);
ssize_t pread(int, void *, size_t, off_t);
ssize_t pwrite(int, const void *, size_t, off_t);
off_t lseek(int, off_t, int);
int dup(int);
int dup2(int, int);
int dup3(int, int, int);
int fsync(int);
int fdatasync(int);
void sync(void);
int ftruncate(int, off_t);
int truncate(const char *, off_t);
int access(const char *, int);
int faccessat(int, const char *, int, int);
int rmdir(const char *);
int unlink(const char *);
int unlinkat(int, const char *, int);
int chdir(const char *);
int fchdir(int);
char *getcwd(char *, size_t);
int isatty(int);
int pipe(int [2]);
int pipe2(int [2], int);
int chown(const char *, uid_t, gid_t);
int lchown(const char *, uid_t, gid_t);
int fchown(int, uid_t, gid_t);
int link(const char *, const char *);
int symlink(const char *, const char *);
ssize_t readlink(const char *, char *, size_t);
pid_t getpid(void);
pid_t getppid(void);
uid_t getuid(void);
uid_t geteuid(void);
gid_t getgid(void);
gid_t getegid(void);
int getpagesize(void);
long sysconf(int);
long pathconf(const char *, int);
long fpathconf(int, int);
char **__environ(void);
#define environ (__environ())

_Noreturn void _exit(int);
int gethostname(char *, size_t);
unsigned sleep(unsigned);
int usleep(useconds_t);

#endif
