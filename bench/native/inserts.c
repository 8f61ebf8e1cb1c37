/* Rows into a table in memory, by a statement of its own for each: inserts [ROWS].
 * Prints `inserts ROWS NANOSECONDS`; what is measured are the statements, from their text on. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static sqlite3 *database;

static long long now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void run(const char *statement, int (*row)(void *, int, char **, char **), void *to)
{
	if (sqlite3_exec(database, statement, row, to, 0) != SQLITE_OK) {
		printf("%s: %s\n", statement, sqlite3_errmsg(database));
		exit(1);
	}
}

static int number(void *to, int columns, char **values, char **names)
{
	(void)columns;
	(void)names;
	*(long *)to = atol(values[0]);
	return 0;
}

int main(int count, char **arguments)
{
	long rows = count > 1 ? atol(arguments[1]) : 60000;
	if (sqlite3_open(":memory:", &database) != SQLITE_OK) {
		printf("no database\n");
		return 1;
	}
	run("CREATE TABLE numbers (id INTEGER PRIMARY KEY, number INTEGER, name TEXT)", 0, 0);
	long long begin = now();
	for (long i = 1; i <= rows; i++) {
		char statement[96];
		sqlite3_snprintf(sizeof statement, statement, "INSERT INTO numbers VALUES (%d, %d, 'row %d')", (int)i,
				 (int)(i * 7919 % 10007), (int)i);
		run(statement, 0, 0);
	}
	long long end = now();
	long there = 0;
	run("SELECT count(*) FROM numbers WHERE name = 'row ' || id", number, &there);
	if (there != rows) {
		printf("%ld rows of %ld\n", there, rows);
		return 1;
	}
	printf("inserts %ld %lld\n", rows, end - begin);
	sqlite3_close(database);
	return 0;
}
