// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/icons.h"

#include <QApplication>
#include <QFile>
#include <QIconEngine>
#include <QLoggingCategory>
#include <QPainter>
#include <QPixmapCache>
#include <QSvgRenderer>

#include <cmath>

using namespace Qt::StringLiterals;

namespace Branchline {

Q_LOGGING_CATEGORY(lcIcons, "branchline.ui.icons")

namespace {

/// The drawing of an icon; from 32 px up the line stays 2 px wide instead of growing with the picture.
QByteArray drawing(const QString &name, int size)
{
    QFile file(u":/icons/%1.svg"_s.arg(name));
    if (!file.open(QIODevice::ReadOnly)) {
        qCWarning(lcIcons, "There is no icon named %s", qPrintable(name));
        return {};
    }
    QByteArray svg = file.readAll();
    if (size >= 32)
        svg.replace("stroke-width=\"1.75\"",
                    "stroke-width=\"" + QByteArray::number(48.0 / size, 'f', 2) + '"');
    return svg;
}

/// Draws its icon in one colour at the size of the device.
class TintedIconEngine final : public QIconEngine
{
public:
    TintedIconEngine(QString name, const QColor &color)
        : m_name(std::move(name))
        , m_color(color)
    {}

    void paint(QPainter *painter, const QRect &rect, QIcon::Mode mode, QIcon::State) override
    {
        painter->drawPixmap(rect.topLeft(),
                            render(rect.size(), painter->device()->devicePixelRatioF(), mode));
    }
    QPixmap pixmap(const QSize &size, QIcon::Mode mode, QIcon::State) override
    {
        return render(size, 1.0, mode);
    }
    QPixmap scaledPixmap(const QSize &size, QIcon::Mode mode, QIcon::State, qreal scale) override
    {
        // Size is in device pixels here.
        const QSizeF logical = QSizeF(size) / scale;
        return render(QSize(qRound(logical.width()), qRound(logical.height())), scale, mode);
    }
    QIconEngine *clone() const override { return new TintedIconEngine(*this); }
    QString iconName() override { return m_name; }
    bool isNull() override { return false; }

private:
    QPixmap render(const QSize &size, qreal ratio, QIcon::Mode mode) const
    {
        QColor color = m_color.isValid() ? m_color : colors().text;
        if (mode == QIcon::Disabled)
            color = colors().disabled;
        return iconPixmap(m_name, size, ratio, color,
                          QApplication::isRightToLeft() && isMirroredIcon(m_name));
    }

    QString m_name;
    QColor m_color; // not valid: the theme's text colour at the moment of painting
};

} // namespace

bool isMirroredIcon(const QString &name)
{
    static const QStringList mirrored{u"right"_s, u"lent"_s, u"undo"_s,    u"truck"_s,   u"sound"_s,
                                      u"note"_s,  u"help"_s, u"unknown"_s, u"palette"_s, u"edit"_s,
                                      u"back"_s};
    return mirrored.contains(name);
}

QIcon icon(const QString &name, const QColor &color)
{
    return QIcon(new TintedIconEngine(name, color));
}

QPixmap iconPixmap(const QString &name, const QSize &size, qreal devicePixelRatio, const QColor &color,
                   bool mirrored)
{
    if (size.isEmpty() || name.isEmpty())
        return {};
    const QString key = u"branchline:%1:%2x%3@%4#%5%6"_s.arg(name)
                            .arg(size.width())
                            .arg(size.height())
                            .arg(devicePixelRatio)
                            .arg(color.name(QColor::HexArgb), mirrored ? u"m"_s : QString());
    QPixmap result;
    if (QPixmapCache::find(key, &result))
        return result;
    const QSize device(static_cast<int>(std::ceil(size.width() * devicePixelRatio)),
                       static_cast<int>(std::ceil(size.height() * devicePixelRatio)));
    QImage image(device, QImage::Format_ARGB32_Premultiplied);
    image.fill(Qt::transparent);
    QPainter painter(&image);
    QSvgRenderer renderer(drawing(name, std::min(size.width(), size.height())));
    renderer.setAspectRatioMode(Qt::KeepAspectRatio);
    if (renderer.isValid())
        renderer.render(&painter, QRectF(QPointF(), QSizeF(device)));
    painter.setCompositionMode(QPainter::CompositionMode_SourceIn);
    painter.fillRect(image.rect(), color);
    painter.end();
    result = QPixmap::fromImage(mirrored ? image.mirrored(true, false) : image);
    result.setDevicePixelRatio(devicePixelRatio);
    QPixmapCache::insert(key, result);
    return result;
}

void paintIcon(QPainter *painter, const QString &name, const QRect &area, int size, const QColor &color,
               Qt::LayoutDirection direction)
{
    const QPixmap pixmap = iconPixmap(name, QSize(size, size), painter->device()->devicePixelRatioF(), color,
                                      direction == Qt::RightToLeft && isMirroredIcon(name));
    painter->drawPixmap(QPointF(area.x() + (area.width() - size) / 2, area.y() + (area.height() - size) / 2),
                        pixmap);
}

QString statusIconName(Status status)
{
    switch (status) {
    case Status::None:
        break;
    case Status::Available:
        return u"available"_s;
    case Status::Lent:
        return u"lent"_s;
    case Status::Overdue:
        return u"overdue"_s;
    case Status::Refused:
        return u"refused"_s;
    case Status::Unknown:
        return u"unknown"_s;
    case Status::Offline:
        return u"offline"_s;
    }
    return {};
}

} // namespace Branchline
