# shellcheck shell=bash
# A feed's messages all the way to a regime on one core, from bytes to looks: a second, of what is made from a seed and of
# recordings where there are any (there, of the messages about one symbol). And what a day of 10,000 messages a second
# adds to the process. Sourced by Scripts/bench.
# shellcheck disable=SC2154

market_messages() {
    local count=3000000
    market_row market_messages "seeded trades" --messages "$count"
    market_recording BINANCE_FUTURES.ws.1.0 binance-futures SUSHIUSDT
    market_recording DERIBIT.ws.1.0 deribit BTC-24SEP21-8000-P
    market_recording COINBASE.ws.28.0 coinbase SKL-USD
    # Ticks alone: there is nothing in a decoder that could grow.
    "$probe" market --undecoded --messages $((24 * 3600 * 10000)) >"$work/day"
    row market_day_growth "$(number "$work/day" grown_kib)" - "(24 h of 10,000 messages/s)" KiB 1
}

# market_recording NAME FORMAT SYMBOL
market_recording() {
    local file=$SHAPER_DATA/ws/$1.txt.gz
    [[ -e $file ]] || return 0
    gzip -dc "$file" >"$work/recording"
    market_row "market_${2%-futures}" "recorded" --messages "$count" \
        --recording "$work/recording" --format "$2" --symbol "$3" --only-news
}

# market_row NAME WHAT ARGUMENTS...
market_row() {
    local i
    for ((i = 0; i < rounds; i++)); do
        "$probe" market "${@:3}" >"$work/report"
        number "$work/report" per_second >>"$work/$1"
    done
    row "$1" "$(median <"$work/$1")" 500000 "target, $2" /s "$rounds"
}
