// SPDX-License-Identifier: GPL-3.0-or-later
#define QFUTURE_TEST // Qt's own way to what a future shares: QFutureInterfaceBase::d

// Tells the thread sanitizer what it cannot see in libraries that are not compiled with it. Part of every
// program of such a build, and of no other. The linker puts each __wrap_X in the place of X, which is then
// called __real_X.
#include <QFutureInterface>
#include <QString>

#include <cstdarg>

#include <sanitizer/tsan_interface.h>
#include <sched.h>

// The hand-over of a value from a call's worker to whoever has the future. The value itself is guarded by a
// QMutex, which Qt's headers describe to the sanitizer. But whoever lets go of the future last, on either
// side, deletes first the value and then what both shared, and that is ordered by two reference counts inside
// Qt.

namespace {

/// A lock that the sanitizer does not see: it orders the notes for it, and nothing else that it looks at. The
/// same thread may take it again, since what is deleted may hold further futures.
class Unseen
{
public:
    __attribute__((no_sanitize("thread"))) Unseen()
    {
        while (s_depth == 0 && __atomic_exchange_n(&s_isTaken, true, __ATOMIC_ACQUIRE))
            ::sched_yield();
        ++s_depth;
    }
    __attribute__((no_sanitize("thread"))) ~Unseen()
    {
        if (--s_depth == 0)
            __atomic_store_n(&s_isTaken, false, __ATOMIC_RELEASE);
    }
    Q_DISABLE_COPY_MOVE(Unseen)

private:
    static inline bool s_isTaken = false;
    static inline thread_local int s_depth = 0;
};

} // namespace

// bool QFutureInterfaceBase::derefT() const
extern "C" bool __real__ZNK20QFutureInterfaceBase6derefTEv(const QFutureInterfaceBase *future);
extern "C" bool __wrap__ZNK20QFutureInterfaceBase6derefTEv(const QFutureInterfaceBase *future)
{
    void *shared = &future->mutex();
    __tsan_release(shared);
    const bool isShared = __real__ZNK20QFutureInterfaceBase6derefTEv(future);
    if (!isShared)
        __tsan_acquire(shared);
    return isShared;
}

// QFutureInterfaceBase::~QFutureInterfaceBase()
extern "C" void __real__ZN20QFutureInterfaceBaseD2Ev(QFutureInterfaceBase *future);
extern "C" void __wrap__ZN20QFutureInterfaceBaseD2Ev(QFutureInterfaceBase *future)
{
    const Unseen lock;
    if (future->d) { // null when it was moved from
        __tsan_release(&future->mutex());
        __tsan_acquire(&future->mutex());
    }
    __real__ZN20QFutureInterfaceBaseD2Ev(future);
}

// QString &QString::operator=(const QString &) lets go of the old text inside Qt; here it does so in our own
// code, where the sanitizer sees the text's reference count.
extern "C" QString *__wrap__ZN7QStringaSERKS_(QString *to, const QString *from)
{
    QString copy(*from);
    to->swap(copy);
    return to;
}

// QProcess starts a child by clone(CLONE_VM | CLONE_VFORK): until the child executes its program it uses the
// memory of this process. The sanitizer's own clone() notes there that it is a child now, whose order of
// things is not looked at; so from the first child on it would be blind for the thread that made it. And the
// child's stack, a few kilobytes in the frame of its parent, is too small for the sanitizer. A child with a
// copy of the memory does no harm.
extern "C" int __interceptor_clone(int (*function)(void *), void *stack, int flags, void *argument,
                                   pid_t *parent, void *tls, pid_t *child);
extern "C" __attribute__((visibility("default"))) int clone(int (*function)(void *), void *stack, int flags,
                                                            void *argument, ...) noexcept
{
    std::va_list list;
    va_start(list, argument);
    auto *parent = va_arg(list, pid_t *);
    auto *tls = va_arg(list, void *);
    auto *child = va_arg(list, pid_t *);
    va_end(list);
    return __interceptor_clone(function, stack, (flags & CLONE_VFORK) ? flags & ~CLONE_VM : flags, argument,
                               parent, tls, child);
}
