/* Threads that wait for each other by every means of POSIX, whatever their order. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

typedef void *routine(void *);

/* Starts so many threads, each with its number, and waits for all; the sum of what they return. */
static long together(int count, routine *body)
{
	pthread_t threads[16];
	long sum = 0;
	for (long i = 0; i < count; i++)
		if (pthread_create(&threads[i], NULL, body, (void *)i) != 0)
			abort();
	for (int i = 0; i < count; i++) {
		void *result;
		if (pthread_join(threads[i], &result) != 0)
			abort();
		sum += (intptr_t)result;
	}
	return sum;
}

static struct timespec from_now(clockid_t clock, long milliseconds)
{
	struct timespec time;
	clock_gettime(clock, &time);
	time.tv_nsec += milliseconds * 1000000;
	time.tv_sec += time.tv_nsec / 1000000000;
	time.tv_nsec %= 1000000000;
	return time;
}

static int is_past(clockid_t clock, struct timespec time)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return now.tv_sec > time.tv_sec || (now.tv_sec == time.tv_sec && now.tv_nsec >= time.tv_nsec);
}

/* --- starting and joining */

static void *squared(void *number)
{
	intptr_t n = (intptr_t)number;
	if (n % 2)
		pthread_exit((void *)(n * n));
	return (void *)(n * n);
}

static void *joins(void *other)
{
	return (void *)(intptr_t)pthread_join(*(pthread_t *)other, NULL);
}

static sem_t detached_ended;

static void *detached(void *unused)
{
	pthread_detach(pthread_self());
	sem_post(&detached_ended);
	return unused;
}

static int depth(int levels)
{
	volatile char frame[1024];
	memset((char *)frame, levels, sizeof frame);
	return levels == 0 ? 0 : 1 + depth(levels - 1) + (frame[7] - (char)levels);
}

static void *deep(void *levels)
{
	return (void *)(intptr_t)depth((intptr_t)levels);
}

static void lifetimes(void)
{
	printf("squares: %ld\n", together(12, squared));

	pthread_t self = pthread_self(), thread;
	void *result;
	pthread_create(&thread, NULL, joins, &self);
	printf("self: %d, equal: %d %d\n", pthread_join(self, NULL) == EDEADLK, !!pthread_equal(self, pthread_self()),
	       !!pthread_equal(self, thread));
	/* It waits for main, which has to be let go for it to end. */
	pthread_detach(thread);

	sem_init(&detached_ended, 0, 0);
	for (int i = 0; i < 40; i++) {
		if (pthread_create(&thread, NULL, detached, NULL) != 0)
			abort();
		sem_wait(&detached_ended);
	}

	pthread_attr_t attributes;
	int state;
	size_t size;
	pthread_attr_init(&attributes);
	pthread_attr_getdetachstate(&attributes, &state);
	printf("joinable: %d", state == PTHREAD_CREATE_JOINABLE);
	printf(", too small a stack: %d", pthread_attr_setstacksize(&attributes, 1024) == EINVAL);
	pthread_attr_setstacksize(&attributes, 1 << 20);
	pthread_attr_getstacksize(&attributes, &size);
	pthread_create(&thread, &attributes, deep, (void *)800);
	pthread_join(thread, &result);
	printf(", in %zu KiB: %ld levels\n", size / 1024, (long)(intptr_t)result);
	pthread_attr_destroy(&attributes);
}

/* --- errno, memory */

static void *own_errno(void *number)
{
	int wrong = 0;
	for (int i = 0; i < 200; i++) {
		errno = 100 + (int)(intptr_t)number;
		sched_yield();
		wrong += errno != 100 + (int)(intptr_t)number;
	}
	return (void *)(intptr_t)wrong;
}

static void *own_memory(void *number)
{
	intptr_t wrong = 0;
	for (int i = 0; i < 200; i++) {
		size_t size = 1 + (i * 37) % 3000;
		unsigned char *bytes = malloc(size);
		memset(bytes, (int)(intptr_t)number, size);
		sched_yield();
		bytes = realloc(bytes, size * 2);
		for (size_t at = 0; at < size; at++)
			wrong += bytes[at] != (unsigned char)(intptr_t)number;
		free(bytes);
	}
	return (void *)wrong;
}

/* --- mutexes */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static long counter;

static void *counts(void *unused)
{
	for (int i = 0; i < 1000; i++) {
		pthread_mutex_lock(&mutex);
		long seen = counter;
		if (i % 16 == 0)
			sched_yield();
		counter = seen + 1;
		pthread_mutex_unlock(&mutex);
	}
	return unused;
}

static void *tries(void *other)
{
	struct timespec soon = from_now(CLOCK_REALTIME, 20), bad = { 0, -1 };
	int busy = pthread_mutex_trylock(other) == EBUSY;
	int late = pthread_mutex_timedlock(other, &soon) == ETIMEDOUT;
	int wrong = pthread_mutex_timedlock(other, &bad) == EINVAL;
	return (void *)(intptr_t)(busy + late * 10 + wrong * 100 + is_past(CLOCK_REALTIME, soon) * 1000);
}

static void *unlocks(void *other)
{
	return (void *)(intptr_t)(pthread_mutex_unlock(other) == EPERM);
}

static long elsewhere(routine *body, void *argument)
{
	pthread_t thread;
	void *result;
	pthread_create(&thread, NULL, body, argument);
	pthread_join(thread, &result);
	return (intptr_t)result;
}

static void mutexes(void)
{
	together(8, counts);
	printf("counted to %ld\n", counter);

	pthread_mutexattr_t attributes;
	pthread_mutex_t recursive, checked;
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&recursive, &attributes);
	pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
	pthread_mutex_init(&checked, &attributes);
	pthread_mutexattr_destroy(&attributes);

	pthread_mutex_lock(&mutex);
	printf("while locked: %ld\n", elsewhere(tries, &mutex));
	pthread_mutex_unlock(&mutex);

	for (int i = 0; i < 5; i++)
		pthread_mutex_lock(&recursive);
	printf("recursive: %d", pthread_mutex_trylock(&recursive));
	printf(" %ld", elsewhere(unlocks, &recursive));
	for (int i = 0; i < 5; i++)
		pthread_mutex_unlock(&recursive);
	printf(" %ld", elsewhere(tries, &recursive));
	pthread_mutex_unlock(&recursive);
	printf(" %d\n", pthread_mutex_unlock(&recursive) == EPERM);

	pthread_mutex_lock(&checked);
	printf("checked: %d", pthread_mutex_lock(&checked) == EDEADLK);
	printf(" %d %ld\n", pthread_mutex_trylock(&checked) == EBUSY, elsewhere(unlocks, &checked));
	pthread_mutex_unlock(&checked);
	printf("not locked: %d", pthread_mutex_unlock(&checked) == EPERM);
	printf(" %d\n", pthread_mutex_destroy(&checked));
}

/* --- condition variables */

#define ITEMS 600
static struct {
	pthread_mutex_t mutex;
	pthread_cond_t has_room, has_items;
	int items[5], count, taken;
} queue = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER, { 0 }, 0, 0 };

static void *produces(void *number)
{
	for (int i = (int)(intptr_t)number; i < ITEMS; i += 3) {
		pthread_mutex_lock(&queue.mutex);
		while (queue.count == (int)COUNT(queue.items))
			pthread_cond_wait(&queue.has_room, &queue.mutex);
		queue.items[queue.count++] = i;
		pthread_cond_signal(&queue.has_items);
		pthread_mutex_unlock(&queue.mutex);
	}
	return NULL;
}

static void *consumes(void *unused)
{
	intptr_t sum = 0;
	pthread_mutex_lock(&queue.mutex);
	while (queue.taken < ITEMS) {
		if (queue.count == 0) {
			pthread_cond_wait(&queue.has_items, &queue.mutex);
			continue;
		}
		sum += queue.items[--queue.count];
		queue.taken++;
		pthread_cond_signal(&queue.has_room);
		if (queue.taken == ITEMS)
			pthread_cond_broadcast(&queue.has_items);
	}
	pthread_mutex_unlock(&queue.mutex);
	return (void *)sum;
}

static void *either(void *number)
{
	return (intptr_t)number < 3 ? produces(number) : consumes(NULL);
}

static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static int stage;

static void *follows(void *unused)
{
	pthread_mutex_lock(&mutex);
	stage++;
	pthread_cond_broadcast(&condition);
	while (stage < 100)
		pthread_cond_wait(&condition, &mutex);
	int went_on = ++stage;
	pthread_mutex_unlock(&mutex);
	return (void *)(intptr_t)(went_on > 100);
}

static void conditions(void)
{
	printf("consumed %ld\n", together(6, either));

	pthread_t threads[6];
	for (size_t i = 0; i < COUNT(threads); i++)
		pthread_create(&threads[i], NULL, follows, NULL);
	pthread_mutex_lock(&mutex);
	while (stage < (int)COUNT(threads))
		pthread_cond_wait(&condition, &mutex);
	stage = 100;
	pthread_cond_broadcast(&condition);
	pthread_mutex_unlock(&mutex);
	long went_on = 0;
	for (size_t i = 0; i < COUNT(threads); i++) {
		void *result;
		pthread_join(threads[i], &result);
		went_on += (intptr_t)result;
	}
	printf("broadcast: %ld went on, stage %d\n", went_on, stage);

	pthread_mutex_lock(&mutex);
	struct timespec soon = from_now(CLOCK_REALTIME, 15), bad = { 0, 1000000000 };
	int late;
	do
		late = pthread_cond_timedwait(&condition, &mutex, &soon);
	while (late == 0);
	printf("timed out: %d %d, no time: %d", late == ETIMEDOUT, is_past(CLOCK_REALTIME, soon),
	       pthread_cond_timedwait(&condition, &mutex, &bad) == EINVAL);

	pthread_condattr_t attributes;
	pthread_cond_t monotonic;
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&monotonic, &attributes);
	pthread_condattr_destroy(&attributes);
	soon = from_now(CLOCK_MONOTONIC, 15);
	do
		late = pthread_cond_timedwait(&monotonic, &mutex, &soon);
	while (late == 0);
	printf(", monotonic: %d %d\n", late == ETIMEDOUT, is_past(CLOCK_MONOTONIC, soon));
	pthread_mutex_unlock(&mutex);
	pthread_cond_destroy(&monotonic);
}

/* --- locks for reading and writing */

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static int left, right;

static void *reads_or_writes(void *number)
{
	intptr_t torn = 0;
	for (int i = 0; i < 300; i++) {
		if ((intptr_t)number < 2) {
			pthread_rwlock_wrlock(&lock);
			left++;
			if (i % 8 == 0)
				sched_yield();
			right++;
		} else {
			pthread_rwlock_rdlock(&lock);
			torn += left != right;
			sched_yield();
			torn += left != right;
		}
		pthread_rwlock_unlock(&lock);
	}
	return (void *)torn;
}

static void *tries_lock(void *unused)
{
	struct timespec soon = from_now(CLOCK_REALTIME, 10);
	int results = pthread_rwlock_trywrlock(&lock) == EBUSY;
	results += 10 * (pthread_rwlock_timedwrlock(&lock, &soon) == ETIMEDOUT);
	int reads = pthread_rwlock_tryrdlock(&lock);
	if (reads == 0)
		pthread_rwlock_unlock(&lock);
	else
		results += 1000 * (pthread_rwlock_timedrdlock(&lock, &soon) == ETIMEDOUT);
	results += 100 * (reads == EBUSY);
	return (void *)(intptr_t)results;
}

static void locks(void)
{
	printf("torn reads: %ld", together(6, reads_or_writes));
	printf(", written %d %d\n", left, right);
	pthread_rwlock_rdlock(&lock);
	printf("while read: %ld", elsewhere(tries_lock, NULL));
	pthread_rwlock_unlock(&lock);
	pthread_rwlock_wrlock(&lock);
	printf(", while written: %ld\n", elsewhere(tries_lock, NULL));
	pthread_rwlock_unlock(&lock);
}

/* --- once, keys, clean-up */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int initialized;

static void initialize(void)
{
	int seen = initialized;
	sched_yield();
	initialized = seen + 1;
}

static void *initializes(void *unused)
{
	pthread_once(&once, initialize);
	return (void *)(intptr_t)initialized;
}

static pthread_key_t plain, again;
static int destroyed, rounds;

static void destroy(void *value)
{
	pthread_mutex_lock(&mutex);
	destroyed += (int)(intptr_t)value;
	pthread_mutex_unlock(&mutex);
}

static void destroy_again(void *value)
{
	rounds++;
	pthread_setspecific(again, value);
}

static void *has_values(void *number)
{
	intptr_t empty = pthread_getspecific(plain) == NULL;
	pthread_setspecific(plain, (void *)(1 + (intptr_t)number));
	sched_yield();
	return (void *)(intptr_t)(empty && pthread_getspecific(plain) == (void *)(1 + (intptr_t)number));
}

static void *never_ends_its_value(void *value)
{
	pthread_setspecific(again, value);
	return NULL;
}

static void once_and_keys(void)
{
	printf("initialized: %ld of 8\n", together(8, initializes));
	pthread_key_create(&plain, destroy);
	pthread_key_create(&again, destroy_again);
	pthread_setspecific(plain, (void *)1000);
	printf("own values: %ld of 7, ", together(7, has_values));
	printf("destroyed %d, main has %ld\n", destroyed, (long)(intptr_t)pthread_getspecific(plain));
	elsewhere(never_ends_its_value, &again);
	printf("destructor rounds: %d\n", rounds);
	pthread_key_delete(again);
	printf("deleted: %d\n", pthread_setspecific(again, NULL) == EINVAL);
	pthread_setspecific(plain, NULL);
}

static char cleaned[8];

static void clean(void *letter)
{
	strcat(cleaned, letter);
}

static void *cleans_up(void *unused)
{
	pthread_cleanup_push(clean, "a");
	pthread_cleanup_push(clean, "b");
	pthread_cleanup_push(clean, "c");
	pthread_cleanup_pop(0);
	pthread_cleanup_push(clean, "d");
	pthread_cleanup_pop(1);
	pthread_exit(unused);
	pthread_cleanup_pop(0);
	pthread_cleanup_pop(0);
}

/* --- barriers */

static pthread_barrier_t barrier;
static int passed;

static void *passes(void *unused)
{
	intptr_t serial = 0, early = 0;
	for (int turn = 1; turn <= 50; turn++) {
		pthread_mutex_lock(&mutex);
		passed++;
		pthread_mutex_unlock(&mutex);
		serial += pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD;
		pthread_mutex_lock(&mutex);
		early += passed < turn * 4;
		pthread_mutex_unlock(&mutex);
	}
	return (void *)(serial + 1000 * early);
}

static void cleanups_and_barriers(void)
{
	elsewhere(cleans_up, NULL);
	printf("cleaned up: %s\n", cleaned);
	pthread_barrier_init(&barrier, NULL, 4);
	printf("serial: %ld of 50, ", together(4, passes));
	printf("none: %d, %d\n", pthread_barrier_init(&barrier, NULL, 0) == EINVAL, pthread_barrier_destroy(&barrier));
}

/* --- semaphores */

static sem_t turns[3];
static char text[64];

static void *takes_turns(void *number)
{
	int me = (int)(intptr_t)number;
	for (int i = 0; i < 5; i++) {
		sem_wait(&turns[me]);
		size_t length = strlen(text);
		text[length] = (char)('a' + me);
		text[length + 1] = '\0';
		sem_post(&turns[(me + 1) % 3]);
	}
	return NULL;
}

static void semaphores(void)
{
	for (int i = 0; i < 3; i++)
		sem_init(&turns[i], 0, i == 0);
	together(3, takes_turns);
	int value;
	sem_getvalue(&turns[0], &value);
	printf("turns: %s, value %d\n", text, value);

	sem_t semaphore;
	sem_init(&semaphore, 0, 0);
	struct timespec soon = from_now(CLOCK_REALTIME, 10), bad = { 0, 1000000000 };
	printf("semaphore: %d", sem_trywait(&semaphore) == -1 && errno == EAGAIN);
	printf(" %d", sem_timedwait(&semaphore, &soon) == -1 && errno == ETIMEDOUT);
	printf(" %d", is_past(CLOCK_REALTIME, soon));
	printf(" %d", sem_timedwait(&semaphore, &bad) == -1 && errno == EINVAL);
	sem_post(&semaphore);
	printf(" %d", sem_trywait(&semaphore));
	printf(" %d\n", sem_init(&semaphore, 0, 1u << 31) == -1 && errno == EINVAL);
	sem_destroy(&semaphore);
}

/* --- sleeping, writing, the end */

static void *sleeps(void *number)
{
	usleep(60000 - 20000 * (useconds_t)(intptr_t)number);
	printf("sleeper %ld\n", (long)(intptr_t)number);
	return NULL;
}

static void *outlives_main(void *unused)
{
	usleep(20000);
	puts("the last thread ends");
	return unused;
}

static void at_the_end(void)
{
	puts("and then the program");
}

int main(void)
{
	lifetimes();
	printf("wrong errno: %ld, wrong bytes: %ld\n", together(6, own_errno), together(6, own_memory));
	mutexes();
	conditions();
	locks();
	once_and_keys();
	cleanups_and_barriers();
	semaphores();
	together(3, sleeps);

	atexit(at_the_end);
	pthread_t thread;
	pthread_create(&thread, NULL, outlives_main, NULL);
	pthread_exit(NULL);
}
