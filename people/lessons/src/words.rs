//! How people greet, thank, wait, name themselves and book, in Russian and Kazakh: normalised words,
//! also as typed without Kazakh letters. Language, not trade.

/// Words of messages that say nothing: greetings, thanks, acknowledgements, courtesy.
pub(crate) const FILLER: &str = "\
здравствуйте здраствуйте здрасте привет приветствую добрый доброе доброго день дня вечер вечера утро утра \
времени суток салют хай алло ало ау эй ок окей оке оки ладно ладненько хорошо хорошего отлично супер класс \
прекрасно замечательно здорово понятно понятненько понял поняла поняли ясно ясненько принято принял приняла \
договорились учту ага угу мм ммм хм эм спасибо спасибки спс благодарю благодарим пожалуйста пожалуста плиз рада рад рады \
помочь обращайтесь всегда не за что всего доброй ночи свидания до пока удачи извините простите сорри \
большое огромное очень вам вас тебе мы так ну вот всё все будем буду ждем вашего ваше обращение \
сәлеметсіз сәлем салем салеметсиз саламатсыз саламатсызба ассалаумағалейкум бе ба ма ме қайырлы кайырлы \
күн кун кеш таң тан рахмет рақмет рахмед үлкен көп жақсы жаксы жарайды болды түсіндім тусиндим түсінікті \
тусиникти керемет тамаша мақұл макул оқасы окасы жоқ жок ештеңе етпейді кешіріңіз кешириниз сізге сизге \
сау болыңыз болыныз ok okay okey hi hello thanks thx good";

/// Yes and no: nothing to learn when they stand alone, but never left out of an answer.
pub(crate) const BARE: &str = "да нет неа конечно ия иә жоқ жок әрине арине yes no";

/// Words with which a customer only asks whether anybody is there.
pub(crate) const NUDGE: &str = "\
вы вас вам тут здесь есть кто нибудь кто-нибудь ау ответьте ответите ответит когда ну что как же где еще ещё жду ждем \
долго на связи живой администратор оператор менеджер скажите ответ а и или можно с человеком позовите там бар кім ким \
барсыз ба барсызба қайдасыз кайдасыз жауап беріңізші беринизши күтіп кутип отырмын тұрмын турмын мен";

/// Stems of a person who will look and come back: one of these…
pub(crate) const WAIT: &[&str] =
    &["сейчас", "щас", "минут", "секунд", "подожд", "ожидайт", "момент", "қазір", "казир", "күте", "куте"];
/// …with one of these, or with little else.
pub(crate) const LOOK: &[&str] = &[
    "узнаю",
    "узнаем",
    "уточню",
    "уточним",
    "уточня",
    "посмотрю",
    "посмотрим",
    "смотрю",
    "проверю",
    "проверим",
    "проверяю",
    "спрошу",
    "спросим",
    "напишу",
    "напишем",
    "отвечу",
    "ответим",
    "отпишу",
    "сообщу",
    "сообщим",
    "вернусь",
    "скажу",
    "подскажу",
    "сұрап",
    "сурап",
    "біліп",
    "билип",
    "нақтыла",
    "қарап",
    "карап",
    "хабарла",
];
/// Words that may stand beside them in a sentence without more to say.
pub(crate) const BESIDE_WAIT: &str = "пожалуйста мне я мы вас одну одна буквально пару секундочку минуточку и ещё еще чуть чуток \
немного бір бир аз тұрыңыз турыныз сәл сал отыра тұра тура";

/// Beginnings of words with which a booking is told to stand.
pub(crate) const BOOKED: &[&str] = &[
    "записал",
    "записан",
    "запишу",
    "заброниров",
    "перенесл",
    "перезапис",
    "подтверждаю",
    "жаздым",
    "жаздык",
    "жаздық",
    "жазылды",
    "жазып",
    "броньда",
    "ауыстырд",
];
/// Beginnings of words with which somebody is expected.
pub(crate) const EXPECTED: &[&str] =
    &["ждем", "ждём", "жду", "приходите", "күтем", "кутем", "келіңіз", "келиниз"];

/// Beginnings of words that tell a day of this or next week.
pub(crate) const SOON: &[&str] = &["сегодня", "завтра", "послезавтра", "бүгін", "бугин", "ертең", "ертен"];

/// Beginnings of the names of weekdays, Monday first, Russian then Kazakh.
pub(crate) const WEEKDAYS: &[(&str, &[&str])] = &[
    ("mon", &["понедельн", "пн", "дүйсенб", "дуйсенб"]),
    ("tue", &["вторник", "вт", "сейсенб"]),
    ("wed", &["сред", "ср", "сәрсенб", "сарсенб"]),
    ("thu", &["четверг", "чт", "бейсенб"]),
    ("fri", &["пятниц", "пт", "жұма", "жума"]),
    ("sat", &["суббот", "сб", "сенбі", "сенби"]),
    ("sun", &["воскресен", "вс", "жексенб"]),
];

/// Beginnings of the names of months.
pub(crate) const MONTHS: &[&str] = &[
    "январ",
    "феврал",
    "март",
    "апрел",
    "мая",
    "июн",
    "июл",
    "август",
    "сентябр",
    "октябр",
    "ноябр",
    "декабр",
    "қаңтар",
    "ақпан",
    "наурыз",
    "сәуір",
    "мамыр",
    "маусым",
    "шілде",
    "тамыз",
    "қыркүйек",
    "қазан",
    "қараша",
    "желтоқсан",
];

/// Words that only tell when: what is left of a message that answers «when?».
pub(crate) const WHEN: &str = "\
в во на к с до после около часов час часа ч утром днем днём вечером утра вечера дня можно мне меня лучше давайте тогда \
сағат сагат таңертең кешке түстен кейін дейін числа этой следующей неделе субботу среду пятницу";

/// Words every question may have; a question of these alone is about nothing that can be looked up.
pub(crate) const ASKING: &str = "\
а и в во на с к у о за для по из сколько скока стоит стоят цена цены почем как какая какой какие когда где куда что это \
есть ли можно мне меня вам вас у нас нам я вы мы скажите подскажите пожалуйста будет то там еще ещё он она оно они такой \
такая такое эту этот эта эти какое делаете нужно надо хочу узнать хотела хотел бы \
қанша канша қалай калай қайда кайда қашан кашан не бар ма ме ба бе па пе бола болама болады керек тұрады турады маған маган \
сіз сиз сізде сизде осы бұл бул неше нешеде қай кай айтыңызшы айтынызшы \
если также тоже только чтобы который которая которые очень уже либо или және мен бір бир үшін ушин сонымен \
болса тек өте оте екі";

/// After these words stands the speaker's name, however it is written.
pub(crate) const NAMED: &[&[&str]] = &[
    &["меня", "зовут"],
    &["мое", "имя"],
    &["моя", "фамилия"],
    &["имя", "фамилия"],
    &["зовут", "меня"],
    &["на", "имя"],
    &["менің", "атым"],
    &["менин", "атым"],
    &["атым"],
    &["есімім"],
    &["есимим"],
    &["аты", "жөнім"],
    &["фио"],
];
/// After these words a capitalised word is a name.
pub(crate) const MAYBE_NAMED: &[&str] = &[
    "это",
    "я",
    "запишите",
    "записать",
    "зовут",
    "имя",
    "фамилия",
    "бұл",
    "бул",
    "мен",
    "есімі",
    "аты",
    "уважаемая",
    "уважаемый",
];
/// Endings of patronymics.
pub(crate) const PATRONYMIC: &[&str] = &[
    "овна",
    "евна",
    "ович",
    "евич",
    "овну",
    "евну",
    "овны",
    "евны",
    "овне",
    "евне",
    "овича",
    "евича",
    "овичу",
    "евичу",
    "кызы",
    "қызы",
    "ұлы",
];
/// Words of greetings, behind which stands whom they greet.
pub(crate) const GREETING: &[&str] = &[
    "здравствуйте",
    "привет",
    "день",
    "вечер",
    "утро",
    "сәлеметсіз",
    "салеметсиз",
    "сәлем",
    "салем",
    "бе",
    "күн",
    "кеш",
];

/// A flat.
pub(crate) const FLAT: &[&str] =
    &["кв", "квартира", "квартиры", "квартире", "квартиру", "пәтер", "патер", "пәтері", "apt"];
/// Beginnings of the words an address has before its flat.
pub(crate) const STREET: &[&str] = &[
    "ул",
    "улиц",
    "проспект",
    "пр",
    "мкр",
    "микрорайон",
    "дом",
    "бульвар",
    "переул",
    "шоссе",
    "адрес",
    "көше",
    "коше",
    "үй",
    "жк",
];

/// Words that may stand between the groups of a number that is told slowly.
pub(crate) const BETWEEN_DIGITS: &[&str] =
    &["и", "потом", "затем", "дальше", "далее", "тире", "код", "сосын", "және"];

/// Beginnings of words about the hours of the place.
pub(crate) const OPEN: &[&str] = &[
    "работа",
    "открыт",
    "открыва",
    "закрыва",
    "график",
    "режим",
    "жұмыс",
    "жумыс",
    "ашық",
    "ашык",
    "ашыла",
    "жабыла",
];
/// Beginnings of words after which a time is not one of opening or closing.
pub(crate) const NOT_OPEN: &[&str] =
    &["запис", "последн", "перерыв", "обед", "жазыл", "соңғы", "түскі", "уйму"];
/// Beginnings of words about a price that is lower or was different, or is of something beside.
pub(crate) const OTHERWISE: &[&str] = &[
    "скидк",
    "акци",
    "предоплат",
    "доплат",
    "депозит",
    "залог",
    "сертификат",
    "эконом",
    "раньше",
    "прежн",
    "вместо",
    "дополнительн",
    "надбавк",
    "минус",
    "плюс",
    "штраф",
    "доставк",
    "жеңілдік",
    "бұрын",
    "жеткіз",
    "қосымша",
];
/// Beginnings of words that ask for a price.
pub(crate) const PRICE: &[&str] = &[
    "стоит",
    "стоят",
    "стоимост",
    "стоил",
    "цена",
    "цены",
    "цену",
    "ценник",
    "почем",
    "прайс",
    "баға",
    "бага",
    "құны",
    "тұрады",
    "турады",
];
/// Beginnings of words about discounts.
pub(crate) const DISCOUNT: &[&str] = &["скидк", "акци", "бонус", "жеңілдік", "женилдик", "дисконт"];
/// Beginnings of words after which minutes and hours are not how long the thing takes.
pub(crate) const NOT_LASTING: &[&str] = &[
    "через",
    "опозд",
    "опазд",
    "предупре",
    "перенос",
    "отмен",
    "раньше",
    "заране",
    "бұрын",
    "кейін",
    "кешік",
];

/// Whether a space-separated list has the word.
pub(crate) fn has(list: &str, word: &str) -> bool {
    list.split(' ').any(|it| it == word)
}

/// Whether the word begins like one of these.
pub(crate) fn begins(list: &[&str], word: &str) -> bool {
    // Abbreviations of two letters are whole words.
    list.iter().any(|it| if it.chars().count() <= 2 { word == *it } else { word.starts_with(it) })
}
