#ifndef _STDIO_H
#define _STDIO_H

#include <bits/seek.h>
#include <bits/types.h>
#include <stdarg.h>

#define EOF (-1)
#define BUFSIZ 1024
#define FILENAME_MAX 4096
#define FOPEN_MAX 16
#define TMP_MAX 10000
#define L_tmpnam 20
#define L_ctermid 20
#define P_tmpdir "/tmp"

#define _IOFBF 0
#define _IOLBF 1
#define _IONBF 2

typedef struct __stdio_file FILE;

typedef struct {
	long long __at;
	long long __state;
} fpos_t;

FILE *__stdio_stream(int) __attribute__((__const__));
#define stdin __stdio_stream(0)
#define stdout __stdio_stream(1)
#define stderr __stdio_stream(2)

#define __PRINTF(format, first) __attribute__((__format__(__printf__, format, first)))
#define __SCANF(format, first) __attribute__((__format__(__scanf__, format, first)))

int printf(const char *restrict, ...) __PRINTF(1, 2);
int fprintf(FILE *restrict, const char *restrict, ...) __PRINTF(2, 3);
int dprintf(int, const char *restrict, ...) __PRINTF(2, 3);
int sprintf(char *restrict, const char *restrict, ...) __PRINTF(2, 3);
int snprintf(char *restrict, size_t, const char *restrict, ...) __PRINTF(3, 4);
int vprintf(const char *restrict, va_list) __PRINTF(1, 0);
int vfprintf(FILE *restrict, const char *restrict, va_list) __PRINTF(2, 0);
int vdprintf(int, const char *restrict, va_list) __PRINTF(2, 0);
int vsprintf(char *restrict, const char *restrict, va_list) __PRINTF(2, 0);
int vsnprintf(char *restrict, size_t, const char *restrict, va_list) __PRINTF(3, 0);

int scanf(const char *restrict, ...) __SCANF(1, 2);
int fscanf(FILE *restrict, const char *restrict, ...) __SCANF(2, 3);
int sscanf(const char *restrict, const char *restrict, ...) __SCANF(2, 3);
int vscanf(const char *restrict, va_list) __SCANF(1, 0);
int vfscanf(FILE *restrict, const char *restrict, va_list) __SCANF(2, 0);
int vsscanf(const char *restrict, const char *restrict, va_list) __SCANF(2, 0);

#undef __PRINTF
#undef __SCANF

FILE *fopen(const char *restrict, const char *restrict);
FILE *freopen(const char *restrict, const char *restrict, FILE *restrict);
FILE *fdopen(int, const char *);
int fclose(FILE *);
int fflush(FILE *);
int setvbuf(FILE *restrict, char *restrict, int, size_t);
void setbuf(FILE *restrict, char *restrict);
int fileno(FILE *);
int remove(const char *);
int rename(const char *, const char *);
void flockfile(FILE *);
void funlockfile(FILE *);

size_t fread(void *restrict, size_t, size_t, FILE *restrict);
size_t fwrite(const void *restrict, size_t, size_t, FILE *restrict);
int fgetc(FILE *);
int getc(FILE *);
int getchar(void);
int ungetc(int, FILE *);
char *fgets(char *restrict, int, FILE *restrict);
int fputc(int, FILE *);
int putc(int, FILE *);
int putchar(int);
int fputs(const char *restrict, FILE *restrict);
int puts(const char *);
void perror(const char *);

int fseek(FILE *, long, int);
int fseeko(FILE *, off_t, int);
long ftell(FILE *);
off_t ftello(FILE *);
void rewind(FILE *);
int fgetpos(FILE *restrict, fpos_t *restrict);
int fsetpos(FILE *, const fpos_t *);
int feof(FILE *);
int ferror(FILE *);
void clearerr(FILE *);

#endif
