#!/usr/bin/env bash
# Synthesises spoken keywords with espeak-ng in the folder layout of Speech Commands v2, for phasecore's data set
# speech-commands:DIR. The same packages and options give the same bytes.
#   scripts/make_keywords.sh DIR [--voices N] [--takes N]
#     --voices N  how many of the 72 voices speak (9 to 72; default 72); each belongs to one part alone
#     --takes N   how often each voice says each keyword (1 to 100; default 10)
set -euo pipefail

fail() { echo "make_keywords.sh: error: $1" >&2; exit "${2:-2}"; }
number() {  # OPTION VALUE LOWEST HIGHEST
  [[ $2 =~ ^[1-9][0-9]{0,3}$ ]] && (($2 >= $3 && $2 <= $4)) || fail "$1 '$2' must be a whole number from $3 to $4"
}

target='' voice_count=72 takes=10
while (($#)); do
  case $1 in
    --voices) number --voices "${2-}" 9 72; voice_count=$2; shift 2 ;;
    --takes) number --takes "${2-}" 1 100; takes=$2; shift 2 ;;
    -h | --help) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 0 ;;
    -*) fail "unknown option '$1'; allowed are --voices, --takes" ;;
    *) [ -z "$target" ] || fail "one directory is expected, not also '$1'"; target=$1; shift ;;
  esac
done
[ -n "$target" ] || fail "the directory to create is missing: make_keywords.sh DIR [--voices N] [--takes N]"
[ ! -e "$target" ] || fail "'$target' exists already; choose another directory or remove it"
"$(dirname "$0")/setup.sh" keywords

# The words and the unknown words of Speech Commands v2 (Warden, arXiv 1804.03209).
keywords=(yes no up down left right on off stop go)
unknown=(backward bed bird cat dog eight five follow forward four happy house learn marvin nine one seven sheila six
  three tree two visual wow zero)
# espeak-ng's voice variants. Of nine in a row the fifth speaks for validation and the ninth for testing; what
# belongs to one family (klatt2, klatt3, ...) is never cut in two parts.
voices=(
  Alex Alicia Andrea Andy Annie Denis Diogo klatt john
  Gene Gene2 Henrique Hugo Jacky Mario Michael Mike Lee
  Storm adam anika antonio linda belinda benjamin boris caleb
  edward edward2 david ed grandma f1 f2 gustave aunty
  steph steph2 steph3 f3 m1 m2 f4 m3 kaukovalta
  iven iven2 iven3 iven4 m4 f5 max miguel michel
  norbert pablo paul pedro quincy m5 m6 m7 rob
  robert sandro shelby travis zac victor Marco Nguyen marcelo
)
accents=(en-gb en-us en-gb-scotland en-gb-x-gbclan en-gb-x-rp en-gb-x-gbcwmd en-029 en-us-nyc)
noises=(white pink brown hum wind babble)
noise_seconds=60

part_of() {  # INDEX OF A VOICE -> part
  case $(($1 % 9)) in 4) part=validation ;; 8) part=testing ;; *) part=training ;; esac
}

# A linear congruential generator (Numerical Recipes): draws are a function of (voice, word, take) alone.
state=0
seed() { state=$((($1 * 1000003 + $2 * 10007 + $3) * 2654435761 % 4294967296)); draw 1; draw 1; }
draw() { state=$(((state * 1664525 + 1013904223) % 4294967296)); drawn=$(((state >> 8) * $1 >> 24)); }
decimal() { printf -v "$1" '%d.%04d' $(($2 / 10000)) $(($2 % 10000)); }  # VARIABLE TENTHS_OF_THOUSANDTHS

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/data/_background_noise_" "$work/pieces" "$work/words"
sound() { sox -V1 -R -D "$@"; }  # -R: repeatable "random" numbers; -D: no dither

echo "Making $noise_seconds s of each of ${#noises[@]} background noises ..."
rate=22050
for kind in white pink brown; do
  sound -n -r $rate -c 1 -b 16 "$work/$kind.wav" synth $noise_seconds ${kind}noise gain -n -6
done
sound -n -r $rate -c 1 -b 16 "$work/hum.wav" synth $noise_seconds sine 50 synth $noise_seconds sine mix 150 \
  synth $noise_seconds square mix 100 tremolo 0.3 40 gain -n -6
sound "$work/brown.wav" "$work/wind.wav" lowpass 400 tremolo 0.17 90 gain -n -6
text='The rain fell on the old stone bridge while people hurried home and talked about dinner, music, the weather
  and the long journey that their neighbours had made through the mountains in a small green car last summer.'
for i in 0 1 2 3; do
  speaker=(robosoft3 croak fast announcer)
  espeak-ng -v "en-us+${speaker[i]}" -s $((150 + 12 * i)) -w "$work/talk.wav" "$text"
  sound "$work/talk.wav" "$work/talk$i.wav" repeat 9 trim $((2 * i)) $noise_seconds
done
sound -m "$work"/talk[0-3].wav "$work/babble.wav" gain -n -6
for kind in "${noises[@]}"; do
  sound "$work/$kind.wav" -r 16000 -b 16 "$work/data/_background_noise_/$kind.wav"
  sound "$work/$kind.wav" "$work/pieces/$kind-.wav" trim 0 1 : newfile : restart
done

# One clip: the word at a random place of one second, in noise, through a random microphone.
clip() {  # WORD_FILE BYTES OUTPUT
  local free=$((10000 - ($2 - 44) * 5000 / rate)) first count
  case $part in  # the same stretches of the noise that the reader gives to the parts
    training) first=0 count=42 ;;
    validation) first=48 count=6 ;;
    testing) first=54 count=6 ;;
  esac
  ((free > 0)) || free=1
  draw $free; decimal offset "$drawn"
  draw 7500; decimal loudness $((drawn + 1500))
  draw ${#noises[@]}; local kind=${noises[drawn]}
  draw $count; printf -v piece '%s-%03d' "$kind" $((first + drawn + 1))
  draw 10; local noise_base=$((20 << (drawn * 5 / 9)))  # 0.002 to 0.064, then up to twice that
  draw $noise_base; decimal noise $((noise_base + drawn))
  draw 250; local low=$((60 + drawn))
  draw 4000; local high=$((3500 + drawn))
  sound -M "$1" "$work/pieces/$piece.wav" -b 16 "$3" delay "$offset" 0 trim 0 1 remix "1v$loudness,2v$noise" \
    highpass $low lowpass $high rate 16000
}

say() {  # VOICE_INDEX WORD_INDEX WORD TAKE
  seed "$1" "$2" "$4"
  draw ${#accents[@]}; local accent=${accents[drawn]}
  draw 90; local speed=$((125 + drawn))
  draw 60; local pitch=$((20 + drawn))
  espeak-ng -v "$accent+${voices[$1]}" -s $speed -p $pitch -w "$work/word.wav" "$3"
  clip "$work/word.wav" "$(stat -c %s "$work/word.wav")" "$work/data/$3/${voices[$1],,}_nohash_$4.wav"
}

mkdir "${keywords[@]/#/$work/data/}" "${unknown[@]/#/$work/data/}"
started=$SECONDS
for ((v = 0; v < voice_count; ++v)); do
  part_of $v
  for ((w = 0; w < ${#keywords[@]}; ++w)); do
    for ((take = 0; take < takes; ++take)); do say $v $w "${keywords[w]}" $take; done
  done
  # Every voice says every second unknown word, often enough for the tenth of the clips that the reader takes.
  for ((w = v % 2; w < ${#unknown[@]}; w += 2)); do
    for ((take = 0; take < (takes + 11) / 12; ++take)); do say $v $((100 + w)) "${unknown[w]}" $take; done
  done
  echo "voice $((v + 1)) of $voice_count (${voices[v]}, $part), $((SECONDS - started)) s"
done

cd "$work/data"
: >validation_list.txt
: >testing_list.txt
for ((v = 0; v < voice_count; ++v)); do
  part_of $v
  [ $part = training ] || printf '%s\n' */"${voices[v],,}"_nohash_*.wav | LC_ALL=C sort >>${part}_list.txt
done
cat >README.md <<TEXT
Synthesised keywords in the layout of Speech Commands v2: $voice_count espeak-ng voices, $takes takes of each keyword.
Made by PhaseCore's scripts/make_keywords.sh; espeak-ng $(dpkg-query -W -f='${Version}' espeak-ng), sox $(dpkg-query -W -f='${Version}' sox).
TEXT
count=$(find . -name '*_nohash_*.wav' | wc -l)
cd - >/dev/null
mkdir -p "$(dirname "$target")"
mv "$work/data" "$target"
chmod 755 "$target"
echo "$count clips in $target"
