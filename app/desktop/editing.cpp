// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/editing.h"

#include "ui/catalogue/bookeditor.h"
#include "ui/shell/mainwindow.h"

namespace Branchline {

namespace {

QString plain(const QUuid &id)
{
    return id.toString(QUuid::WithoutBraces);
}

} // namespace

Editing::Editing(MainWindow &window, QObject *parent)
    : QObject(parent)
    , m_window(window)
{}

void Editing::show(EditorSheet *sheet)
{
    connect(sheet, &EditorSheet::closeRequested, this, [this, sheet] { m_window.closeSheet(sheet); });
    m_window.openSheet(sheet);
}

void Editing::addBook()
{
    if (m_cluster)
        showBook({}, {});
}

void Editing::editBook(const QString &id)
{
    editBookOf(id, {});
}

void Editing::editBookOf(const QString &id, const QStringList &list)
{
    if (m_cluster && !QUuid(id).isNull())
        showBook(QUuid(id), list);
}

void Editing::showBook(const QUuid &id, const QStringList &list)
{
    auto *session = new BookSession(*m_cluster, id);
    auto *sheet = new BookEditor(session);
    const auto place = list.indexOf(plain(id));
    if (place >= 0)
        sheet->setPlaceInList(static_cast<int>(place) + 1, static_cast<int>(list.size()));
    const auto replace = [this, sheet, list](const QUuid &other) {
        m_window.closeSheet(sheet);
        showBook(other, list);
    };
    connect(sheet, &EditorSheet::previousRequested, this, [replace, list, place] {
        if (place > 0)
            replace(QUuid(list.at(place - 1)));
    });
    connect(sheet, &EditorSheet::nextRequested, this, [replace, list, place] {
        if (place >= 0 && place + 1 < list.size())
            replace(QUuid(list.at(place + 1)));
    });
    connect(sheet, &EditorSheet::openRequested, this, replace);
    connect(sheet, &EditorSheet::changed, this, &Editing::booksChanged);
    show(sheet);
    if (!id.isNull())
        session->read();
}

} // namespace Branchline
