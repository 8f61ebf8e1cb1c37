/* What `access` is asked for. */
#ifndef _BITS_ACCESS_H
#define _BITS_ACCESS_H

#define F_OK 0
#define X_OK 1
#define W_OK 2
#define R_OK 4

#endif
