/* SQLite's own `kvtest` and `wordcount`, one command after the other. */
#include <stdio.h>

int kvtest(int, char **);
int wordcount(int, char **);

/* Runs a program with arguments, which end at a null pointer. */
static void run(int (*program)(int, char **), char **arguments)
{
	int count = 0;
	for (; arguments[count] != NULL; count++)
		printf("%s%s", count == 0 ? "$ " : " ", arguments[count]);
	putchar('\n');
	fflush(stdout);
	int status = program(count, arguments);
	if (status != 0)
		printf("status %d\n", status);
}

#define RUN(program, ...) run(program, (char *[]) { #program, __VA_ARGS__, NULL })

/* A text that is the same each time. */
static void write_text(const char *path)
{
	unsigned long state = 1;
	FILE *file = fopen(path, "w");
	for (int i = 0; i < 4000; i++) {
		state = state * 6364136223846793005 + 1442695040888963407;
		fprintf(file, "word%c%c%s", 'a' + (int)(state >> 40) % 26, 'A' + (int)(state >> 50) % 7, i % 9 ? " " : ".\n");
	}
	fclose(file);
}

int main(void)
{
	RUN(kvtest, "init", "kv.db", "--count", "30", "--size", "9000", "--pagesize", "1024");
	RUN(kvtest, "stat", "kv.db", "--vacuum");
	RUN(kvtest, "run", "kv.db", "--count", "200", "--random", "--blob-api", "--integrity-check");
	RUN(kvtest, "run", "kv.db", "--count", "100", "--desc", "--update", "--jmode", "wal", "--multitrans", "--fsync",
	    "--integrity-check");
	RUN(kvtest, "run", "kv.db", "--count", "200", "--asc", "--mmap", "1000000");
	RUN(kvtest, "stat", "kv.db");
	RUN(kvtest, "export", "kv.db", "blobs");
	RUN(kvtest, "run", "blobs", "--count", "50", "--update", "--max-id", "30");
	RUN(kvtest, "export", "kv.db", "tree", "--tree");
	RUN(kvtest, "run", "tree", "--count", "200", "--random", "--max-id", "30");
	write_text("text");
	RUN(wordcount, "words.db", "text", "--insert", "--summary");
	RUN(wordcount, "words.db", "text", "--replace", "--commit", "500", "--journal", "wal", "--nosync", "--summary");
	RUN(wordcount, "words.db", "text", "--select", "--journal", "persist", "--summary");
	RUN(wordcount, "other.db", "text", "--upsert", "--without-rowid", "--nocase", "--pagesize", "512", "--summary");
	return 0;
}
