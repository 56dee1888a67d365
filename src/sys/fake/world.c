/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/world: the world as text (the leak check), and a task as /proc/PID/status shows it.
 */
#include "sys/fake/net.h"

/* --- sorted lines --- */

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Adds the lines of text to out, sorted. */
static void add_sorted(struct str *out, struct str *text)
{
	_cleanup_vec_ struct vec lines = VEC_OF(char *);
	char *rest = text->s, *line;

	while (rest && (line = str_next_word(&rest, "\n")))
		vec_add(&lines, &line);
	if (lines.count)
		qsort(lines.items, lines.count, sizeof(char *), compare_lines);
	for (size_t i = 0; i < lines.count; i++) {
		str_add(out, *vec_at(&lines, char *, i));
		str_add(out, "\n");
	}
}

static void add_fds(struct fake *fake, struct task *task, struct str *out)
{
	for (size_t fd = 0; fd < task->fds.count; fd++) {
		struct fd_slot *slot = vec_at(&task->fds, struct fd_slot, fd);

		if (!slot->file)
			continue;
		str_addf(out, "fd of %s: %zu%s ", task->comm, fd,
			 slot->cloexec ? "" : " kept over exec");
		file_describe(fake, slot->file, out);
		str_add(out, "\n");
	}
}

static void add_task(struct fake *fake, struct task *task, struct str *out)
{
	struct ktask *k = ktask(task);

	str_addf(out, "task %s under %s uid %u%s%s\n", task->comm,
		 task->parent ? task->parent->comm : "nobody", task->cred.ruid,
		 task->state == TASK_ZOMBIE ? " zombie" : "", task->frozen ? " frozen" : "");
	for (size_t i = 0; i < k->maps.count; i++)
		str_addf(out, "map of %s: %zu bytes\n", task->comm,
			 vec_at(&k->maps, struct mapping, i)->len);
	add_fds(fake, task, out);
}

void fake_world(struct fake *fake, struct str *out)
{
	static const char *const names[NS_KIND_COUNT] = {
		[NS_UTS] = "uts", [NS_IPC] = "ipc",	  [NS_NET] = "net",
		[NS_PID] = "pid", [NS_CGROUP] = "cgroup", [NS_USER] = "user",
	};
	struct kernel *kernel = kernel_of(fake);
	_cleanup_str_ struct str text = { 0 };

	for (size_t i = 0; i < fake->tasks.count; i++)
		add_task(fake, task_nth(fake, i), &text);
	sock_world(fake, &text);
	net_world(fake, &text);
	for (int kind = 0; kind < NS_KIND_COUNT; kind++)
		if (names[kind] && kernel->ns_counts[kind] > 1)
			str_addf(&text, "namespaces %s: %u more\n", names[kind],
				 kernel->ns_counts[kind] - 1);
	add_sorted(out, &text);
	vfs_world(fake, out);
}

/* --- /proc/PID/status --- */

static uint64_t signal_bits(const sigset_t *set)
{
	uint64_t bits = 0;

	for (int signo = 1; signo < SIGNALS; signo++)
		if (sigismember(set, signo) == 1)
			bits |= 1ull << (signo - 1);
	return bits;
}

static void add_ids(struct task *task, struct task *viewer, struct str *out)
{
	const struct cred *cred = &task->cred;

	str_addf(out, "Uid:\t%u\t%u\t%u\t%u\n", uid_seen(viewer, cred->ruid),
		 uid_seen(viewer, cred->euid), uid_seen(viewer, cred->suid),
		 uid_seen(viewer, cred->fsuid));
	str_addf(out, "Gid:\t%u\t%u\t%u\t%u\n", gid_seen(viewer, cred->rgid),
		 gid_seen(viewer, cred->egid), gid_seen(viewer, cred->sgid),
		 gid_seen(viewer, cred->fsgid));
	str_addf(out, "FDSize:\t64\nGroups:\t");
	for (size_t i = 0; i < cred->group_count; i++)
		str_addf(out, "%u ", gid_seen(viewer, cred->groups[i]));
	str_add(out, "\n");
}

static void add_ns_pids(struct task *task, struct task *viewer, struct str *out)
{
	static const char *const rows[] = { "NStgid", "NSpid", "NSpgid", "NSsid" };

	for (size_t row = 0; row < ARRAY_LEN(rows); row++) {
		str_addf(out, "%s:", rows[row]);
		for (unsigned level = viewer->pid_ns->level;
		     task->pid_ns && level <= task->pid_ns->level; level++)
			str_addf(out, "\t%d", task->pids[level]);
		str_add(out, "\n");
	}
}

void task_status_text(struct fake *fake, struct task *task, struct task *viewer, struct str *out)
{
	const struct cred *cred = &task->cred;
	struct ktask *k = ktask(task);
	uint64_t ignored = 0, caught = 0;
	pid_t pid = task_pid_in(task, viewer->pid_ns);

	for (int signo = 1; signo < SIGNALS; signo++) {
		if (k->actions[signo].sa_handler == SIG_IGN)
			ignored |= 1ull << (signo - 1);
		else if (k->actions[signo].sa_handler != SIG_DFL)
			caught |= 1ull << (signo - 1);
	}
	str_addf(out,
		 "Name:\t%s\nUmask:\t%04o\nState:\t%s\nTgid:\t%d\nNgid:\t0\nPid:\t%d\nPPid:\t%"
		 "d\nTracerPid:\t0\n",
		 task->comm, task->umask,
		 task->state == TASK_ZOMBIE	? "Z (zombie)"
		 : task->state == TASK_RUNNABLE ? "R (running)"
						: "S (sleeping)",
		 pid, pid, task->parent ? task_pid_in(task->parent, viewer->pid_ns) : 0);
	add_ids(task, viewer, out);
	add_ns_pids(task, viewer, out);
	str_addf(out,
		 "Threads:\t1\nSigQ:\t0/"
		 "1000\nSigPnd:\t%016llx\nShdPnd:\t%016llx\nSigBlk:\t%016llx\n",
		 0ull, (unsigned long long)signal_bits(&k->pending),
		 (unsigned long long)signal_bits(&k->blocked));
	str_addf(out, "SigIgn:\t%016llx\nSigCgt:\t%016llx\n", (unsigned long long)ignored,
		 (unsigned long long)caught);
	str_addf(out,
		 "CapInh:\t%016llx\nCapPrm:\t%016llx\nCapEff:\t%016llx\nCapBnd:\t%016llx\nCapAmb:"
		 "\t%016llx\n",
		 (unsigned long long)cred->inheritable, (unsigned long long)cred->permitted,
		 (unsigned long long)cred->effective, (unsigned long long)cred->bounding,
		 (unsigned long long)cred->ambient);
	str_addf(out, "NoNewPrivs:\t%d\nSeccomp:\t%d\n", cred->no_new_privs,
		 ktask(task)->filters ? 2 : 0);
}
