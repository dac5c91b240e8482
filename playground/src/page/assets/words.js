// Codes of the responder in the operator's words. An unknown code is shown as it is.

const ACTIONS = {
  reply: "ответил",
  escalate: "передал человеку",
  booking_flow: "собирает заявку",
  silence: "промолчал",
};

const REASONS = {
  human_request: "Просит человека",
  frustration: "Недоволен",
  payment: "Оплата",
  refund: "Возврат денег",
  medical: "Здоровье",
  complaint: "Жалоба",
  reschedule: "Перенос записи",
  cancel: "Отмена записи",
  legal: "Юридический вопрос",
  policy: "По правилу",
  low_confidence: "Нет уверенного ответа",
  unknown_fact: "Нет такого факта",
  clarify_limit: "Не удалось понять",
  booking: "Заявка на запись",
  media: "Файл от клиента",
  limit: "Лимит тарифа",
  error: "Сбой",
  phone: "Написали с телефона",
};

const MODEL = {
  answered: "ответила",
  timeout: "не успела",
  unavailable: "недоступна",
  absent: "не подключена",
};

const ROLES = {
  owner: "владелец",
  admin: "администратор",
  branch_head: "руководитель филиала",
  manager: "менеджер",
  support: "поддержка",
};

/** By the names of Telegram and of the gateway. */
const FILES = {
  photo: "📷 фото",
  image: "📷 фото",
  voice: "🎤 голосовое",
  audio: "🎵 аудио",
  video: "🎬 видео",
  document: "📎 документ",
  doc: "📎 документ",
};

const LANGUAGES = { ru: "русский", kk: "қазақша" };

export const action = (code) => ACTIONS[code] ?? code;
export const reason = (code) => REASONS[code] ?? code;
export const language = (code) => LANGUAGES[code] ?? code;

/** Without a role: somebody whom the bundle does not name. */
export const role = (code) => ROLES[code] ?? "не из списка";
export const file = (kind) => FILES[kind] ?? "📎 файл";

export const modelOutcome = (code) => MODEL[code] ?? code;

/** 1 ошибка, 2 ошибки, 5 ошибок */
export function counted(number, one, few, many) {
  const tens = number % 100;
  const ones = number % 10;
  const word = tens > 10 && tens < 20 ? many : ones === 1 ? one : ones > 1 && ones < 5 ? few : many;
  return `${number} ${word}`;
}
