/* SQLite's own program, under a name for `main.c`. */
#define main wordcount
#include "../../target/sources/sqlite3/test/wordcount.c"
