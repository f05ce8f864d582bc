// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace Branchline {

/// A loan that is there every day, so that handbook and pictures can count on it. The copy is one of
/// Hillside's.
struct DemoFeatured
{
    int patron; ///< index of the patrons with given names
    const char *title;
    int daysAgo; ///< lent then, or on the last open day before
    int renewals;
};

constexpr DemoFeatured demoFeatured[] = {
    // Tobias Quillfeather, young adult and blocked: as many as the rule allows, two of them overdue.
    {0, "The Shadow of the Wind", 72, 2},
    {0, "Persepolis: The Story of a Childhood", 25, 0},
    {0, "Frankenstein", 38, 1},
    {0, "Maus: A Survivor's Tale", 14, 0},
    {0, "The Hobbit", 14, 0},
    {0, "Dune", 12, 0},
    {0, "A Wizard of Earthsea", 7, 0},
    {0, "Northern Lights", 2, 0},
    // Perpetua Lindqvane.
    {1, "One Hundred Years of Solitude", 40, 0},
    {1, "Invisible Cities", 9, 0},
    {1, "Norwegian Wood", 9, 0},
    // And what else is overdue, from 41 days to one.
    {2, "War and Peace", 62, 0},
    {3, "The Magic Mountain", 54, 0},
    {4, "Midnight's Children", 47, 0},
    {4, "The God of Small Things", 47, 0},
    {5, "The Trial", 60, 0},
    {6, "Blindness", 35, 0},
    {6, "My Name Is Red", 33, 0},
    {7, "Disgrace", 37, 0},
    {8, "The Bell Jar", 28, 0},
    {9, "Kindred", 33, 0},
    {10, "Snow", 25, 0},
    {11, "The Left Hand of Darkness", 24, 0},
    {12, "Matilda", 23, 0},
    {13, "Wide Sargasso Sea", 22, 0},
};

} // namespace Branchline
