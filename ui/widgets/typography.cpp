// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/typography.h"

#include <QApplication>
#include <QFontMetrics>

#include <cmath>

namespace Branchline {

namespace {

qreal factor(TextRole role)
{
    switch (role) {
    case TextRole::Caption:
        return 0.85;
    case TextRole::Body:
        return 1.0;
    case TextRole::Subhead:
        return 1.15;
    case TextRole::Title:
        return 1.4;
    case TextRole::PatronName:
        return 1.6;
    case TextRole::Result:
        return 2.0;
    case TextRole::Welcome:
        return 2.4;
    }
    return 1.0;
}

} // namespace

QFont textFont(TextRole role, bool semiBold)
{
    QFont font = QApplication::font();
    if (font.pointSizeF() > 0)
        font.setPointSizeF(font.pointSizeF() * factor(role));
    else
        font.setPixelSize(static_cast<int>(std::lround(font.pixelSize() * factor(role))));
    font.setWeight(semiBold ? QFont::DemiBold : QFont::Normal);
    return font;
}

int textHeight(const QFont &font)
{
    return QFontMetrics(font).height();
}

int controlHeight(int token, const QFont &font, int padding)
{
    return std::max(token, textHeight(font) + padding);
}

QString isolated(const QString &text)
{
    return QChar(0x2066) + text + QChar(0x2069);
}

} // namespace Branchline
