/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/bpf: programs that say which devices a cgroup of v2 may use: loading, attaching, asking.
 *
 * Sources: bpf(2), linux/bpf.h (the rules of attaching are told there), kernel
 * Documentation/admin-guide/cgroup-v2.rst "Device controller". Not modelled: other types of
 * programs, links, maps, queries; old kernels that want CAP_NET_ADMIN of who attaches.
 */
#include "sys/fake/bpfvm.h"
#include "sys/fake/cgroup.h"

#define INSNS_MAX 1000000
#define ATTACHED_MAX 64

struct program {
	unsigned refs; /* a descriptor's, and one for each place where it is attached */
	struct bpf_insn *insns;
};

static void program_put(struct program *program)
{
	if (--program->refs > 0)
		return;
	free(program->insns);
	free(program);
}

static void bpf_release(struct fake *fake, struct file *file)
{
	program_put(file->priv);
}

static const struct file_ops bpf_ops = { .kind = "bpf-prog", .release = bpf_release };

/* What a younger caller has and we do not know must be zero. */
static bool is_zero_from(const void *attr, size_t from, size_t size)
{
	for (size_t i = from; i < size; i++)
		if (((const char *)attr)[i])
			return false;
	return true;
}

/* --- loading --- */

static bool may_load(struct task *task)
{
	return task_capable(task, CAP_SYS_ADMIN, NULL) ||
	       (!kernel_is_older(task->fake, 508) && task_capable(task, CAP_BPF, NULL) &&
		task_capable(task, CAP_NET_ADMIN, NULL));
}

static int check_program(struct fake *fake, const struct bpf_insn *insns, size_t count)
{
	const char *why;
	int ret = bpfvm_check(insns, count, &why);

	if (ret == -ENOSYS)
		fake_breach(fake, "%s loads a program with %s, which is not modelled\n",
			    fake->current->comm, why);
	return ret == -ENOSYS ? -EINVAL : ret;
}

static int prog_load(struct fake *fake, const union bpf_attr *attr)
{
	const struct bpf_insn *insns = (const struct bpf_insn *)(uintptr_t)attr->insns;
	size_t size = attr->insn_cnt * sizeof(*insns);
	struct program *program;
	int ret;

	if (attr->prog_type != BPF_PROG_TYPE_CGROUP_DEVICE || kernel_is_older(fake, 415)) {
		if (attr->prog_type > BPF_PROG_TYPE_CGROUP_DEVICE)
			fake_breach(fake, "programs of type %u are not modelled\n",
				    attr->prog_type);
		return -EINVAL;
	}
	if (!may_load(fake->current))
		return -EPERM;
	if (!attr->license)
		return -EFAULT;
	if (attr->insn_cnt == 0 || attr->insn_cnt > INSNS_MAX)
		return -E2BIG;
	ret = check_program(fake, insns, attr->insn_cnt);
	if (ret < 0)
		return ret;
	program = must_alloc(sizeof(*program));
	program->refs = 1;
	program->insns = must_alloc(size);
	memcpy(program->insns, insns, size);
	return task_install(fake->current, file_create(fake, &bpf_ops, O_RDWR, program), true, 0);
}

/* --- attaching --- */

void bpf_detach_all(struct cgroup *cg)
{
	for (size_t i = 0; i < cg->programs.count; i++)
		program_put(*vec_at(&cg->programs, struct program *, i));
	vec_finish(&cg->programs);
}

static int program_of(struct fake *fake, int fd, struct program **out)
{
	struct file *file = task_file(fake->current, fd);

	if (!file)
		return -EBADF;
	if (file->ops != &bpf_ops)
		return -EINVAL;
	*out = file->priv;
	return 0;
}

static int cgroup_of_fd(struct fake *fake, int fd, struct cgroup **out)
{
	struct file *file = task_file(fake->current, fd);
	struct inode *inode = file ? file->path.inode : NULL;

	if (!inode || !super_is_cgroup(inode->sb) || !S_ISDIR(inode->mode))
		return -EBADF;
	*out = cgroup_of(inode);
	if (!*out)
		return -ENODEV;
	return (*out)->hierarchy->v2 ? 0 : -EBADF;
}

static struct program **attached_at(struct cgroup *cg, const struct program *program, size_t *index)
{
	for (size_t i = 0; i < cg->programs.count; i++) {
		*index = i;
		if (*vec_at(&cg->programs, struct program *, i) == program)
			return vec_at(&cg->programs, struct program *, i);
	}
	return NULL;
}

/* Whether those above leave room for programs below them. */
static bool is_allowed_below(const struct cgroup *cg)
{
	for (cg = cg->parent; cg; cg = cg->parent) {
		if (cg->program_flags & BPF_F_ALLOW_MULTI)
			return true;
		if (cg->programs.count > 0)
			return cg->program_flags & BPF_F_ALLOW_OVERRIDE;
	}
	return true;
}

static int check_attach_flags(struct fake *fake, unsigned flags)
{
	unsigned known = BPF_F_ALLOW_OVERRIDE;

	if (!kernel_is_older(fake, 415))
		known |= BPF_F_ALLOW_MULTI;
	if (!kernel_is_older(fake, 506))
		known |= BPF_F_REPLACE;
	if ((flags & ~known) || (flags & (BPF_F_ALLOW_OVERRIDE | BPF_F_ALLOW_MULTI)) ==
					(BPF_F_ALLOW_OVERRIDE | BPF_F_ALLOW_MULTI))
		return -EINVAL;
	return (flags & BPF_F_REPLACE) && !(flags & BPF_F_ALLOW_MULTI) ? -EINVAL : 0;
}

/* The new one in the place of old, or behind the others when there is none. */
static void put_in_place(struct cgroup *cg, struct program *program, struct program **old)
{
	program->refs++;
	if (old) {
		program_put(*old);
		*old = program;
	} else if (!vec_add(&cg->programs, &program)) {
		abort();
	}
}

static int attach(struct fake *fake, struct cgroup *cg, struct program *program,
		  const union bpf_attr *attr)
{
	unsigned mode = attr->attach_flags & (BPF_F_ALLOW_OVERRIDE | BPF_F_ALLOW_MULTI);
	struct program *replaced, **old = NULL;
	size_t index;
	int ret;

	if (!is_allowed_below(cg) || (cg->programs.count > 0 && cg->program_flags != mode))
		return -EPERM;
	if (cg->programs.count >= ATTACHED_MAX)
		return -E2BIG;
	if (mode & BPF_F_ALLOW_MULTI) {
		if (attached_at(cg, program, &index))
			return -EINVAL;
	} else if (cg->programs.count > 0) {
		old = vec_at(&cg->programs, struct program *, 0);
	}
	if (attr->attach_flags & BPF_F_REPLACE) {
		ret = program_of(fake, (int)attr->replace_bpf_fd, &replaced);
		if (ret < 0)
			return ret;
		old = attached_at(cg, replaced, &index);
		if (!old)
			return -ENOENT;
	}
	if (!cg->programs.item_size)
		cg->programs = VEC_OF(struct program *);
	cg->program_flags = mode;
	put_in_place(cg, program, old);
	return 0;
}

static int prog_attach(struct fake *fake, const union bpf_attr *attr)
{
	struct program *program;
	struct cgroup *cg;
	int ret;

	if (attr->attach_type != BPF_CGROUP_DEVICE)
		return -EINVAL;
	ret = check_attach_flags(fake, attr->attach_flags);
	if (ret == 0)
		ret = program_of(fake, (int)attr->attach_bpf_fd, &program);
	if (ret == 0)
		ret = cgroup_of_fd(fake, (int)attr->target_fd, &cg);
	return ret < 0 ? ret : attach(fake, cg, program, attr);
}

static int prog_detach(struct fake *fake, const union bpf_attr *attr)
{
	struct program *program = NULL;
	struct cgroup *cg;
	size_t index = 0;
	int ret;

	if (attr->attach_type != BPF_CGROUP_DEVICE)
		return -EINVAL;
	ret = cgroup_of_fd(fake, (int)attr->target_fd, &cg);
	if (ret < 0)
		return ret;
	/* Where only one can be, it need not be named. */
	if (program_of(fake, (int)attr->attach_bpf_fd, &program) < 0)
		program = NULL;
	if (cg->programs.count == 0)
		return -ENOENT;
	if (cg->program_flags & BPF_F_ALLOW_MULTI) {
		if (!program)
			return -EINVAL;
		if (!attached_at(cg, program, &index))
			return -ENOENT;
	}
	program_put(*vec_at(&cg->programs, struct program *, index));
	vec_remove(&cg->programs, index);
	return 0;
}

int fake_op_bpf(struct sys *sys, int cmd, union bpf_attr *attr, size_t size)
{
	struct fake *fake = fake_of(sys);
	union bpf_attr whole = { 0 };

	if (size > sizeof(whole) && !is_zero_from(attr, sizeof(whole), size))
		return -E2BIG;
	memcpy(&whole, attr, size < sizeof(whole) ? size : sizeof(whole));
	switch (cmd) {
	case BPF_PROG_LOAD:
		return prog_load(fake, &whole);
	case BPF_PROG_ATTACH:
		return prog_attach(fake, &whole);
	case BPF_PROG_DETACH:
		return prog_detach(fake, &whole);
	default:
		return -EINVAL;
	}
}

/* --- asking --- */

static bool all_allow(const struct cgroup *cg, const struct bpf_cgroup_dev_ctx *context)
{
	for (size_t i = 0; i < cg->programs.count; i++)
		if (!bpfvm_run((*vec_at(&cg->programs, struct program *, i))->insns, context))
			return false;
	return true;
}

/* Its own programs count, and of those above the ones that nobody below could override. */
bool bpf_allows_device(const struct cgroup *cg, mode_t type, dev_t dev, unsigned access)
{
	struct bpf_cgroup_dev_ctx context = {
		.access_type = (access & 4 ? BPF_DEVCG_ACC_READ : 0u) |
			       (access & 2 ? BPF_DEVCG_ACC_WRITE : 0u) |
			       (access & 1 ? BPF_DEVCG_ACC_MKNOD : 0u),
		.major = major(dev),
		.minor = minor(dev),
	};
	bool any = false;

	context.access_type <<= 16;
	context.access_type |= type == S_IFBLK ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR;
	for (; cg; cg = cg->parent) {
		if (any && !(cg->program_flags & BPF_F_ALLOW_MULTI))
			continue;
		if (!all_allow(cg, &context))
			return false;
		any = any || cg->programs.count > 0;
	}
	return true;
}
