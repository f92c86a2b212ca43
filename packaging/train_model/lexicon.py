"""Words the text lessons are made of: subjects with the words people use about them, and turns of speech.

Written for this purpose; nothing here is taken from a data set.
"""

from __future__ import annotations

from collections.abc import Mapping

# fmt: off
SUBJECTS: Mapping[str, tuple[str, ...]] = {
    line.split(":")[0].strip(): tuple(word.strip() for word in line.split(":")[1].split(","))
    for line in """
weather: rain, snow, storm, wind, forecast, sunny, cloudy, degrees, umbrella, cold, fog, temperature
music: song, album, guitar, drums, singer, concert, melody, chorus, playlist, band, record, tune
sport: match, goal, player, coach, league, stadium, score, referee, training, trophy, defender, season
football: striker, penalty, keeper, offside, pitch, derby, midfield, corner, kick, club
tennis: racket, serve, court, set, backhand, tournament, seed, volley, net, final
cooking: recipe, oven, onion, garlic, boil, pan, flour, butter, spice, sauce, roast, knife
restaurant: menu, waiter, table, dish, chef, starter, dessert, tip, kitchen, vegetarian, meal, wine
coffee: espresso, latte, beans, milk, mug, roast, barista, foam, cup, grinder
travel: trip, luggage, passport, tour, visa, abroad, holiday, guide, souvenir, map, journey, suitcase
train: platform, station, carriage, rail, conductor, track, express, delay, seat, timetable, wagon
flight: plane, airport, boarding, gate, pilot, runway, landing, cabin, takeoff, crew, terminal
car: engine, tyre, brake, garage, fuel, wheel, drive, gear, mechanic, petrol, parking, clutch
bicycle: bike, pedal, chain, helmet, saddle, ride, cyclist, spoke, lane, puncture
money: price, cost, pay, cheap, expensive, euros, dollars, coins, spend, budget, bill, cash
banking: account, transfer, card, balance, loan, savings, deposit, bank, interest, payment, overdraft
shopping: shop, basket, discount, sale, receipt, store, buy, checkout, brand, size, voucher, refund
delivery: parcel, courier, package, shipping, tracking, warehouse, address, arrive, doorstep, order
phone: call, mobile, battery, screen, ring, text, signal, charger, contract, number, ringtone
computer: laptop, keyboard, mouse, file, software, install, disk, window, crash, folder, update
internet: router, website, browser, download, wifi, page, link, connection, online, slow, network
password: login, locked, reset, username, code, security, access, sign, forgotten, verify
photography: camera, lens, picture, flash, portrait, tripod, focus, zoom, photo, shutter, exposure
film: movie, actor, scene, director, cinema, plot, ending, trailer, script, sequel, screen
television: series, episode, channel, show, host, broadcast, remote, studio, quiz, news, rerun
books: novel, author, chapter, page, library, read, story, publisher, cover, poem, character
school: teacher, lesson, pupil, homework, exam, class, grade, desk, blackboard, term, spelling
university: lecture, professor, student, degree, thesis, campus, seminar, research, faculty, tuition
science: experiment, theory, atom, laboratory, measure, physics, sample, energy, hypothesis, microscope
space: planet, rocket, orbit, moon, star, telescope, astronaut, galaxy, launch, comet, satellite
history: king, war, empire, century, castle, ancient, treaty, museum, battle, queen, revolution
politics: election, minister, vote, party, parliament, law, campaign, president, debate, policy, reform
law: court, judge, lawyer, trial, verdict, witness, contract, crime, evidence, appeal, sentence
crime: police, theft, robbery, stolen, suspect, arrest, detective, prison, burglar, fraud, victim
health: doctor, pain, fever, cough, clinic, symptom, illness, rest, headache, dizzy, sore
medicine: pill, dose, prescription, pharmacy, tablet, allergy, vaccine, remedy, syrup, drug
hospital: nurse, surgery, ward, ambulance, patient, surgeon, emergency, operation, stretcher, scan
dentist: tooth, gum, filling, drill, crown, toothache, brace, floss, molar, brush
fitness: gym, muscle, weights, jog, yoga, stretch, treadmill, sweat, squat, warm, trainer
garden: plant, soil, seed, lawn, rose, tree, watering, spade, weed, hedge, compost, flower
animals: dog, cat, horse, bird, rabbit, wolf, bear, tail, fur, paw, feed, wild
birds: feather, nest, wing, beak, owl, robin, sing, migrate, egg, eagle, chirp
farm: cow, tractor, field, harvest, barn, sheep, wheat, pig, crop, hen, plough
sea: wave, boat, beach, sail, harbour, fish, tide, shell, anchor, island, coast
mountain: peak, climb, rope, summit, valley, hike, cliff, trail, glacier, slope, rock
forest: oak, pine, leaf, branch, moss, deer, mushroom, bark, clearing, timber
city: street, traffic, tower, bridge, square, tram, suburb, crowd, mayor, pavement, district
house: roof, door, window, room, stairs, wall, chimney, floor, attic, cellar, rent
furniture: chair, sofa, shelf, bed, lamp, cupboard, carpet, mattress, drawer, mirror
cleaning: dust, soap, sponge, mop, bucket, stain, laundry, vacuum, tidy, bleach, rinse
repair: broken, fix, screw, hammer, leak, pipe, plumber, drill, tool, paint, wire
electricity: power, socket, cable, bulb, switch, fuse, voltage, plug, current, outage
clothes: shirt, dress, shoes, jacket, sleeve, cotton, button, trousers, scarf, wear, coat
fashion: designer, style, model, trend, catwalk, fabric, collection, vintage, elegant, colour
art: painting, sculpture, gallery, artist, canvas, brush, exhibition, sketch, colour, frame
theatre: stage, play, curtain, audience, costume, rehearsal, applause, opera, act, ticket
dance: ballet, step, rhythm, partner, tango, floor, dancer, twirl, choir, movement
games: chess, dice, board, level, puzzle, cards, win, rules, joystick, opponent, quest
toys: doll, lego, balloon, kite, teddy, blocks, marbles, swing, puppet, crayon
family: mother, father, sister, brother, aunt, uncle, cousin, parents, daughter, son, grandma
children: baby, nappy, nursery, pram, playground, toddler, bedtime, cradle, giggle, bottle
wedding: bride, groom, ring, church, guests, cake, vows, bouquet, marriage, honeymoon
birthday: party, candle, present, cake, invite, surprise, balloon, age, celebrate, card
work: office, boss, meeting, colleague, salary, project, deadline, desk, manager, shift, overtime
job: interview, hire, vacancy, resume, employer, skills, career, recruit, position, apply
insurance: claim, policy, damage, cover, premium, accident, insured, liability, loss, insurer
tax: income, return, deduct, rate, declaration, revenue, form, refund, fiscal, allowance
appointment: schedule, calendar, tomorrow, reschedule, slot, reminder, monday, morning, available, date
hotel: reception, lobby, suite, night, towel, guest, stay, breakfast, key, pool
fire: smoke, flame, burn, alarm, extinguisher, firefighter, ash, match, spark, rescue
religion: prayer, church, temple, priest, faith, bible, monk, holy, blessing, mosque
language: word, grammar, translate, accent, vowel, dictionary, sentence, fluent, verb, dialect
mathematics: equation, number, triangle, sum, fraction, algebra, proof, angle, divide, geometry
environment: climate, recycle, pollution, carbon, waste, solar, plastic, emission, species, green
radio: podcast, jingle, microphone, station, listener, interview, frequency, presenter, tune, antenna
advertising: offer, brand, sponsor, free, promo, deal, slogan, customers, limited, today
""".strip().splitlines()
}
"""What a text can be about, and words that tell it."""

TURNS: Mapping[str, tuple[str, ...]] = {
    "cancel": ("please cancel {a}", "i want to cancel the {a}", "i do not need the {a} any more", "stop {a} now",
               "get rid of {a} for me", "can you call off {a}", "terminate my {a}"),
    "how to": ("how do i get {a}", "how can i use the {a}", "tell me how {a} works", "what must i do for {a}",
               "explain how to {b} the {a}", "show me the way to {b} {a}"),
    "when": ("when will {a} come", "what time is {a}", "when does the {a} start", "at what hour is {a}",
             "when can i expect my {a}", "since when is there {a}"),
    "how much": ("how much is {a}", "what does {a} cost", "how much do i pay for {a}", "what is the price of the {a}",
                 "is {a} free of charge", "how much more for {a}"),
    "not working": ("my {a} is not working", "the {a} is broken again", "there is a problem with {a}",
                    "{a} does not do anything", "something is wrong with my {a}", "{a} failed and {b} too",
                    "i cannot see the {a}"),
    "thanks": ("thank you so much", "thanks for the {a}", "many thanks for your help", "cheers that was kind",
               "i am grateful thanks", "great thank you"),
    "greeting": ("hello there", "hi good morning", "good evening to you", "hey how are you", "hello i call about {a}",
                 "good day"),
    "goodbye": ("goodbye", "bye and have a nice day", "see you later", "that is all bye", "talk to you soon bye bye"),
    "yes": ("yes", "yes that is right", "sure please do", "correct", "yeah {a} is fine", "of course yes", "exactly"),
    "no": ("no", "no that is wrong", "no i did not", "not at all", "nope not the {a}", "no i never had {a}"),
    "open": ("i want to open a {a}", "please set up {a}", "make a new {a} for me", "can i get a {a}",
             "i would like to apply for {a}", "start a {a} today"),
    "change": ("i need to change my {a}", "can you update the {a}", "replace {a} with {b}", "move {a} to {t}",
               "switch the {a} to {b}", "edit my {a} please"),
    "lost": ("i lost my {a}", "my {a} was stolen", "i cannot find the {a}", "someone took my {a}",
             "{a} is gone since {t}", "i have misplaced {a}"),
    "where": ("where is the {a}", "where can i find {a}", "in which place is {a}", "what is the address of {a}",
              "is there {a} near {p}"),
    "why": ("why is {a} so {b}", "what is the reason for {a}", "why did {a} happen", "why was my {a} refused",
            "for what reason is there {a}"),
    "do not know": ("i do not know", "no idea about {a}", "i am not sure", "i cannot say", "maybe i do not remember"),
    "person": ("let me speak to a person", "i want a human", "put me through to someone", "can i talk to your boss",
               "give me an agent please"),
    "repeat": ("say that again", "can you repeat it", "what did you say about {a}", "pardon me", "once more please"),
    "praise": ("i love the {a}", "{a} was wonderful", "the best {a} ever", "great {a} and lovely {b}",
               "very happy with {a}", "excellent {a}"),
    "complaint": ("i hate the {a}", "{a} was terrible", "the worst {a} ever", "awful {a} and bad {b}",
                  "very unhappy with {a}", "what a horrible {a}"),
    "compare": ("is {a} better than {b}", "what is the difference between {a} and {b}", "{a} or {b} which one",
                "should i take {a} or {b}"),
    "number": ("there are {n} of them", "i need {n} {a}", "for {n} people", "{n}", "make it {n} please",
               "only {n} {a}"),
    "time": ("at {t}", "{t} would be good", "i am leaving {t}", "let us say {t}", "the {a} is {t}", "not before {t}"),
    "place": ("in {p}", "i am going to {p}", "we live near {p}", "from {p} please", "the {a} in {p}", "to {p}"),
}
"""What a text can do, in several wordings; ``a``, ``b`` are any words, ``t`` a time, ``n`` a number, ``p`` a place."""

ABOUT = (
    "the {a} and the {b}", "i think the {a} is near the {b}", "{a} {b} {c}", "we talked about {a} and {b}",
    "there was a {a} with {b} in it", "my {a} needs a {b}", "a new {a} for the {b}", "they said {a} would be {b}",
    "the {a} of the {b} was {c}", "one {a} two {b}", "you should see the {a}", "about the {a} {b}", "it is a {a}",
    "{a} is what i mean", "every {a} has a {b} and a {c}", "we had {a} at {t}", "{n} {a} in {p}",
    "after the {a} came {b}",
    "he asked for {a} but got {b}", "she likes {a} more than {b}", "no {a} without {b}",
    "is it the {a} or the {b} {t}",
)
"""Sentences that say nothing themselves."""

TIMES = ("tomorrow", "on monday", "at nine", "in the morning", "next week", "on the 4th of may", "tonight", "at 7 pm",
         "in june", "last year", "on friday evening", "at noon", "yesterday", "in ten minutes", "last summer")
PLACES = ("london", "paris", "new york", "the north", "berlin", "spain", "oslo", "lima", "chicago", "kyoto", "rome",
          "san diego", "cairo", "the old town", "brazil", "dublin", "fresno", "portland", "vienna")
NUMBERS = ("one", "two", "three", "four", "five", "six", "ten", "twelve", "twenty", "2", "3", "4", "15", "30", "250")

SOUND_NAMES = (
    "bell", "whistle", "footsteps", "thunder", "typing", "laughter", "clapping", "splash", "hammering", "purring",
    "buzzing", "rustling", "ringing", "drilling", "howling", "creaking", "humming", "whisper", "shouting", "splashing",
    "crickets", "frog", "duck", "cow moo", "door knock", "glass breaking", "car horn", "engine idle", "air conditioner",
    "street music", "jackhammer", "gun shot", "siren wail", "keyboard clicks", "phone ring", "water drops", "waterfall",
    "vacuum cleaner", "washing machine", "train horn", "airplane", "fireworks", "snoring", "coughing", "breathing",
    "drinking", "brushing", "mouse click", "can opening", "church bells", "hand saw", "cat meow", "sheep bleat",
    "type one call", "alarm call", "contact call", "trill", "chirp", "buzz", "click train", "upsweep", "downsweep",
)
"""Labels of sounds that say little: what they mean is shown by examples."""

REWORDED = (
    "Answer with one label from the list.", "Choose the label that fits.", "Which label is right?",
    "You label items for a project. Answer with exactly one of these labels.", "Say what it is.",
    "Pick the best label. Do not explain.", "Give each item its label, as in the examples.",
)
GUIDANCE = (
    "If several fit, choose the one that covers most of it.", "Ignore background sounds.",
    "Listen to the whole stretch.",
    "Decide by what stands first.", "Short pauses belong to what surrounds them.", "Do not guess the speaker.",
    "A label may be used as often as needed.", "When in doubt take the nearest example.", "Quiet parts count as well.",
    "What is quoted counts as said.", "Names of places are not enough.",
)
