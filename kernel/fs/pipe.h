#pragma once

/* Pipes: bytes from writers to readers, in order. */
struct file;

void pipe_init(void);

/* Make a pipe: a file to read and one to write.  0, or -ENOMEM with nothing
   made. */
int pipe_create(struct file **reader, struct file **writer);
