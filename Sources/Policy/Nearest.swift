/// The known word that an unknown one was probably meant to be: at most two letters off, and not another word entirely.
package func nearest(to word: String, among known: some Sequence<String>) -> String? {
    let letters = Array(word.lowercased().utf8)
    guard letters.count <= 64 else { return nil }
    var best: (word: String, distance: Int)?
    for candidate in known {
        let other = Array(candidate.lowercased().utf8)
        let limit = min(2, max(letters.count, other.count) / 2)
        guard abs(letters.count - other.count) <= limit else { continue }
        let distance = editDistance(letters, other)
        if distance <= limit, distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best?.word
}

/// Insertions, deletions and substitutions between two words (Levenshtein), with a swap of neighbours as one of them.
private func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var older: [Int] = []
    var previous = Array(0...right.count)
    for row in left.indices {
        var current = [row + 1]
        for column in right.indices {
            var distance = min(
                current[column] + 1, previous[column + 1] + 1, previous[column] + (left[row] == right[column] ? 0 : 1))
            if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                distance = min(distance, older[column - 1] + 1)
            }
            current.append(distance)
        }
        (older, previous) = (previous, current)
    }
    return previous[right.count]
}
