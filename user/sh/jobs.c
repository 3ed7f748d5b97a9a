/*
 * Jobs: pipelines that were started and not yet reported.
 *
 * wait() returns children in the order in which they end, whichever job they
 * belong to.  So every result goes to job_note(), which finds the job.  A job
 * is done when all of its processes have ended; its status is that of the last
 * process of the pipeline.
 *
 * jobs_collect() must not block.  So it asks proclist() whether a child has
 * ended; then wait() returns at once.
 *
 * A foreground job has number 0 and is freed by job_wait(); background jobs are
 * freed after they are reported.
 */
#include "sh.h"
#include "api/counters.h"
#include "user/user.h"

struct job {
    struct job *next;
    int number; // as displayed; 0 in the foreground
    int *pids;
    int count; // pids in the array, -1 for those that have ended
    int group; // its own process group, or 0
    int last;  // the pid whose status is the job's status
    int alive; // how many have not ended
    int status;
    char *text; // the source, NUL-terminated
};

static struct job *jobs; // oldest first

/* Check memory that the shell cannot do without. */
void *must(void *memory)
{
    if (memory == NULL) {
        perror("sh");
        exit(2);
    }
    return memory;
}

/* Create a foreground job without processes. */
struct job *job_create(const char *text, size_t length)
{
    struct job *job = must(calloc(1, sizeof(*job)));
    struct job **tail = &jobs;

    job->text = must(malloc(length + 1));
    memcpy(job->text, text, length);
    while (length > 0 && job->text[length - 1] == ' ') {
        length--;
    }
    job->text[length] = '\0';
    while (*tail != NULL) {
        tail = &(*tail)->next;
    }
    *tail = job;
    return job;
}

/* Add a process; the last one added determines the status. */
void job_add(struct job *job, int pid)
{
    size_t room = ((size_t)job->count + 1) * sizeof(int);

    job->pids = must(realloc(job->pids, room));
    job->pids[job->count++] = pid;
    if (shell.interactive && job->group == 0) {
        job->group = pid;
    }
    job->last = pid;
    job->alive++;
}

/* Remove a job from the list and free it. */
static void job_free(struct job *job)
{
    struct job **link = &jobs;

    while (*link != job) {
        link = &(*link)->next;
    }
    *link = job->next;
    free(job->pids);
    free(job->text);
    free(job);
}

/* Record in its job that a child has ended. */
static void job_note(int pid, int status)
{
    struct job *job;
    int i;

    for (job = jobs; job != NULL; job = job->next) {
        for (i = 0; i < job->count; i++) {
            if (job->pids[i] == pid) {
                job->pids[i] = -1;
                job->alive--;
                job->status = pid == job->last ? status : job->status;
                return;
            }
        }
    }
}

/* Reap one child; false if there is none. */
bool jobs_reap(void)
{
    int status;
    int pid = wait(&status);

    if (pid < 0) {
        return false;
    }
    if (!watch_note(pid, status)) {
        job_note(pid, status);
    }
    return true;
}

/* Wait until a job is done; returns its status. */
static int job_finish(const struct job *job)
{
    while (job->alive > 0 && jobs_reap()) {}
    return job->status;
}

/* Like job_finish, for a background job; but ^C ends the wait. */
static int job_await(const struct job *job)
{
    while (job->alive > 0 && !watch_died() && jobs_reap()) {}
    return job->status;
}

/* Wait until a foreground job is done and free it; returns its status. */
int job_wait(struct job *job)
{
    int status = job_finish(job);

    job_free(job);
    return status;
}

/* Put a job in the background, with the number after the highest in use. */
void job_background(struct job *job)
{
    const struct job *other;
    int number = 0;

    for (other = jobs; other != NULL; other = other->next) {
        number = other->number > number ? other->number : number;
    }
    job->number = number + 1;
    if (shell.interactive) {
        printf("[%d] %d\n", job->number, job->last);
    }
}

/* In a forked child: forget the jobs, which are the parent's. */
void jobs_forget(void)
{
    jobs = NULL;
}

/* Whether a child has ended and has not been reaped. */
static bool jobs_any_ended(void)
{
    int self = getpid();
    int n;
    struct procinfo *list = proclist_all(&n);
    bool found = false;

    if (list == NULL) {
        return false; // no memory for the list; try again later
    }
    for (int i = 0; i < n && !found; i++) {
        found = list[i].ppid == self && strcmp(list[i].state, "zombie") == 0;
    }
    free(list);
    return found;
}

/* Reap the children that have ended, without blocking. */
void jobs_collect(void)
{
    while (jobs != NULL && jobs_any_ended() && jobs_reap()) {}
}

/* Free the background jobs that are done; an interactive shell reports each. */
void jobs_report(void)
{
    struct job *job = jobs;

    while (job != NULL) {
        struct job *next = job->next;

        if (job->number > 0 && job->alive == 0) {
            if (shell.interactive) {
                if (job->status == -1) {
                    printf("[%d] killed  %s\n", job->number, job->text);
                } else {
                    printf("[%d] done (%d)  %s\n", job->number, job->status,
                           job->text);
                }
            }
            job_free(job);
        }
        job = next;
    }
}

/* Print the jobs that are still running. */
void jobs_list(void)
{
    const struct job *job;

    for (job = jobs; job != NULL; job = job->next) {
        if (job->alive > 0) {
            printf("[%d] %d  %s\n", job->number, job->last, job->text);
        }
    }
}

/* Wait for all jobs. */
void jobs_wait_all(void)
{
    const struct job *job;

    for (job = jobs; job != NULL; job = job->next) {
        job_await(job);
    }
}

/* Wait for the job whose last process is `pid`; returns its status, or
   STATUS_NO_JOB. */
int jobs_wait_pid(int pid)
{
    const struct job *job = jobs;

    while (job != NULL && job->last != pid) {
        job = job->next;
    }
    return job == NULL ? STATUS_NO_JOB : job_await(job);
}

/* The job with that number, or NULL. */
static struct job *job_find(int number)
{
    struct job *job = jobs;

    while (job != NULL && job->number != number) {
        job = job->next;
    }
    return job;
}

/* Kill the remaining processes of job `number` and all that they have started;
   false if there is no such job. */
bool jobs_kill(int number)
{
    const struct job *job = job_find(number);

    if (job != NULL && job->group != 0 && kill(-job->group) == 0) {
        return true;
    }
    for (int i = 0; job != NULL && i < job->count; i++) {
        if (job->pids[i] > 0) {
            kill(job->pids[i]);
        }
    }
    return job != NULL;
}

/* Wait for job `number`; returns its status, or STATUS_NO_JOB. */
int jobs_wait_number(int number)
{
    const struct job *job = job_find(number);

    return job == NULL ? STATUS_NO_JOB : job_await(job);
}
