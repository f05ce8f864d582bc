// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/history/historywords.h"
#include "models/staff/staffwords.h"

#include <QCoreApplication>
#include <QHash>
#include <QJsonArray>
#include <QJsonDocument>
#include <QLocale>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("Branchline::History", text);
}

/// By field and code; a field of the same name in another table has other codes.
const char *wordOf(const QString &field, const QString &code)
{
    static const QHash<QString, const char *> words{
        {u"status/available"_s, QT_TRANSLATE_NOOP("Branchline::History", "available")},
        {u"status/lent"_s, QT_TRANSLATE_NOOP("Branchline::History", "lent")},
        {u"status/lost"_s, QT_TRANSLATE_NOOP("Branchline::History", "lost")},
        {u"status/missing"_s, QT_TRANSLATE_NOOP("Branchline::History", "missing")},
        {u"status/damaged"_s, QT_TRANSLATE_NOOP("Branchline::History", "damaged")},
        {u"status/withdrawn"_s, QT_TRANSLATE_NOOP("Branchline::History", "withdrawn")},
        {u"status/in_transit"_s, QT_TRANSLATE_NOOP("Branchline::History", "on its way")},
        {u"state/active"_s, QT_TRANSLATE_NOOP("Branchline::History", "in use")},
        {u"state/draining"_s, QT_TRANSLATE_NOOP("Branchline::History", "being emptied")},
        {u"state/moving"_s, QT_TRANSLATE_NOOP("Branchline::History", "moving to another shard")},
        {u"state/incoming"_s, QT_TRANSLATE_NOOP("Branchline::History", "moving in")},
        {u"state/fenced"_s, QT_TRANSLATE_NOOP("Branchline::History", "closed for a move")},
        {u"state/retired"_s, QT_TRANSLATE_NOOP("Branchline::History", "moved away")},
        {u"state/claimed"_s, QT_TRANSLATE_NOOP("Branchline::History", "reserved")},
        {u"state/live"_s, QT_TRANSLATE_NOOP("Branchline::History", "in use")},
        {u"state/waiting"_s, QT_TRANSLATE_NOOP("Branchline::History", "waiting")},
        {u"state/running"_s, QT_TRANSLATE_NOOP("Branchline::History", "under way")},
        {u"state/done"_s, QT_TRANSLATE_NOOP("Branchline::History", "done")},
        {u"state/failed"_s, QT_TRANSLATE_NOOP("Branchline::History", "failed")},
        {u"kind/paid"_s, QT_TRANSLATE_NOOP("Branchline::History", "paid")},
        {u"kind/waived"_s, QT_TRANSLATE_NOOP("Branchline::History", "waived")},
        {u"kind/refunded"_s, QT_TRANSLATE_NOOP("Branchline::History", "refunded")},
        {u"role/author"_s, QT_TRANSLATE_NOOP("Branchline::History", "author")},
        {u"role/translator"_s, QT_TRANSLATE_NOOP("Branchline::History", "translator")},
        {u"role/editor"_s, QT_TRANSLATE_NOOP("Branchline::History", "editor")},
        {u"role/illustrator"_s, QT_TRANSLATE_NOOP("Branchline::History", "illustrator")},
        {u"role/narrator"_s, QT_TRANSLATE_NOOP("Branchline::History", "narrator")}};
    return words.value(field + u'/' + code, nullptr);
}

/// What was overridden.
QString overrideText(const QString &code)
{
    if (code == "limit"_L1)
        return tr("limit of open loans");
    if (code == "due_date"_L1)
        return tr("due date");
    return QString(code).replace(u'_', u' '); // newer than this list
}

QString rightText(const QString &code)
{
    if (code == "all"_L1)
        return tr("Everything");
    return rightWords(code).name;
}

/// An array as the database writes it, `["limit"]`, or else one code.
QStringList codesOf(const QString &value)
{
    const QJsonDocument list = QJsonDocument::fromJson(value.toUtf8());
    if (!list.isArray())
        return {value};
    QStringList codes;
    const QJsonArray array = list.array();
    for (const QJsonValue &one : array)
        codes << one.toString();
    return codes;
}

} // namespace

QString historyCodeText(const QString &table, const QString &field, const QString &value)
{
    if (field == "right_code"_L1)
        return rightText(value);
    if (field == "override_codes"_L1) {
        QStringList names;
        const QStringList codes = codesOf(value);
        for (const QString &code : codes)
            names << overrideText(code);
        return names.isEmpty() ? u"–"_s : listWords(names);
    }
    if (field == "weekday"_L1 && value.toInt() >= 1 && value.toInt() <= 7)
        return QLocale().dayName(value.toInt());
    if (const char *word = wordOf(field, value))
        return tr(word);
    // A code that is newer than this list. A kind of task is free text.
    const bool isCode =
        field == "status"_L1 || field == "state"_L1 || (field == "kind"_L1 && table != "jobs"_L1);
    return isCode ? QString(value).replace(u'_', u' ') : value;
}

} // namespace Branchline
