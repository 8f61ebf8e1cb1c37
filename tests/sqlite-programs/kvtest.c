/* SQLite's own program, under a name for `main.c`. */
#define main kvtest
#include "../../target/sources/sqlite3/test/kvtest.c"
