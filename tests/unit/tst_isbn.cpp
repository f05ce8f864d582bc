// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/catalogue/isbn.h"

#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

class TestIsbn final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void accepted_data();
    void accepted();
    void refused_data();
    void refused();
    void everyWrongDigitIsNoticed();
};

void TestIsbn::accepted_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("stored");
    QTest::newRow("13 digits") << u"9780261103252"_s << u"9780261103252"_s;
    QTest::newRow("hyphens") << u"978-0-261-10325-2"_s << u"9780261103252"_s;
    QTest::newRow("blanks") << u" 978 0 261 10325 2\t"_s << u"9780261103252"_s;
    QTest::newRow("printed dashes") << u"978\u20110\u2013261\u201010325\u20122"_s << u"9780261103252"_s;
    QTest::newRow("979") << u"979-10-90636-07-1"_s << u"9791090636071"_s;
    QTest::newRow("10 digits") << u"0261103253"_s << u"9780261103252"_s;
    QTest::newRow("10 with hyphens") << u"0-306-40615-2"_s << u"9780306406157"_s;
    QTest::newRow("X") << u"0-8044-2957-X"_s << u"9780804429573"_s;
    QTest::newRow("small x") << u"080442957x"_s << u"9780804429573"_s;
    QTest::newRow("check digit 0") << u"9780553103540"_s << u"9780553103540"_s;
}

void TestIsbn::accepted()
{
    QFETCH(const QString, text);
    QFETCH(const QString, stored);
    QCOMPARE(isbn13(text), std::optional(stored));
}

void TestIsbn::refused_data()
{
    QTest::addColumn<QString>("text");
    QTest::newRow("empty") << QString();
    QTest::newRow("hyphens only") << u"---"_s;
    QTest::newRow("title") << u"The Lord of the Rings"_s;
    QTest::newRow("12 digits") << u"978026110325"_s;
    QTest::newRow("14 digits") << u"97802611032521"_s;
    QTest::newRow("wrong check digit") << u"9780261103253"_s;
    QTest::newRow("wrong check digit of 10") << u"0306406153"_s;
    QTest::newRow("neighbours swapped") << u"9780261130252"_s;
    QTest::newRow("not 978 or 979") << u"9770261103255"_s;
    QTest::newRow("X inside") << u"08044X9573"_s;
    QTest::newRow("X at the end of 13") << u"978026110325X"_s;
    QTest::newRow("letters around") << u"ISBN 9780261103252"_s;
    QTest::newRow("digits of another script")
        << u"\u0669\u0667\u0668\u0660\u0662\u0666\u0661\u0661\u0660\u0663\u0662\u0665\u0662"_s;
}

void TestIsbn::refused()
{
    QFETCH(const QString, text);
    QCOMPARE(isbn13(text), std::nullopt);
}

void TestIsbn::everyWrongDigitIsNoticed()
{
    for (const QString &right : {u"9780261103252"_s, u"0261103253"_s}) {
        for (qsizetype place = 0; place < right.size(); ++place) {
            for (char16_t digit = u'0'; digit <= u'9'; ++digit) {
                QString wrong = right;
                wrong[place] = digit;
                QCOMPARE(isbn13(wrong).has_value(), wrong == right);
            }
        }
    }
}

QTEST_GUILESS_MAIN(TestIsbn)
#include "tst_isbn.moc"
